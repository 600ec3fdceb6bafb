internal import Audit
internal import Foundation
internal import Intake
internal import Logging

/// The agent's one loop: events in, settled parcels out, journeys one after the other.
struct WatchLoop {
  let site: Site
  let configuration: AgentConfiguration
  private let tally: Tally
  let logger: Logger
  var observer: InboxObserver
  var line = WaitingLine<Work>()
  /// Work that waits for missing slices, and until when.
  var held: [(work: Work, until: Duration)] = []
  /// What ended as it did because of the rules or models then in force, to be tried again when they change.
  var unfinished: [Parcel: WaitingParcel] = [:]
  /// What a batch engine computes.
  var dispatched = DispatchedWorks()
  /// The studies of which series are there.
  var studies = StudyTable()
  /// Those series, to be redeemed when their study's turn comes.
  var channels: [String: WaitingParcel] = [:]
  /// With how many of these, and unfinished ones, those whose files have gone are forgotten.
  var nextSweep = 64
  private var rulesSeen = 0
  private var nextLookAtRules = Duration.zero
  private var nextBlindWarning = Duration.zero
  private var isPaused = false
  private var nextIndex = Duration.zero
  /// Whether work was done since memory was last given back to the system.
  private var holdsFreeMemory = false
  /// Inboxes of which the log says that they cannot be listed.
  private var unlistedTold: Set<Inbox> = []
  /// Whether it is known that the list of results cannot be written.
  private var toldOfIndex = false

  /// Whether the first rescan of every inbox has come: before it nothing is known.
  private var hasListed: Bool { listed.count == observer.inboxes.count }
  private var listed: Set<Inbox> = []

  /// How often the loop looks at the time when nothing happens.
  static let tick = Duration.milliseconds(200)
  /// How often the rules' files are looked at when there is no scan to be matched.
  static let rulesPeriod = Duration.seconds(1)
  /// How often `index.html` is written at most: it holds every run. As often free memory is given back.
  static let indexPeriod = Duration.seconds(5)
  /// Pauses before what could not be done for a cause that can pass is tried again.
  static let pauses = RetryPauses()

  init(site: Site, inboxes: [Inbox], configuration: AgentConfiguration, tally: Tally, logger: Logger) {
    self.site = site
    self.configuration = configuration
    self.tally = tally
    self.logger = logger
    observer = InboxObserver(
      inboxes: inboxes, settle: configuration.settle, suspects: site.suspects,
      pauses: configuration.untilIdle ? nil : Self.pauses)
  }

  mutating func run(_ watcher: Watcher, _ isStopping: StopFlag) async throws {
    try writeIndex()
    while !isStopping.isUp {
      var events = watcher.take()
      for event in events { try take(event) }
      try await observer.classifyReady()
      // Reading headers may take long, and what came meanwhile may be of the same series: it is to be known before anything settles.
      let later = watcher.take()
      for event in later { try take(event) }
      events += later
      // What listings and headers took and is free again.
      if !events.isEmpty { holdsFreeMemory = true }
      let hasWorked = try await turn(isStopping)
      if observer.now >= nextIndex {
        try writeIndex()
        if holdsFreeMemory { ProcessMemory.giveBack() }
        holdsFreeMemory = false
        nextIndex = observer.now + Self.indexPeriod
      }
      if configuration.untilIdle, hasListed, events.isEmpty, try await isIdle(isStopping) { break }
      if !hasWorked { try? await Task.sleep(for: Self.tick) }
    }
    try site.writeIndex()
  }

  /// Writes the list of results. Where that cannot be done, it is told once and tried again: the list repeats the database, and no scan
  /// waits for it.
  private mutating func writeIndex() throws {
    let why = try site.refreshIndex()
    if let why, !toldOfIndex {
      logger.warning("the list of results cannot be written and is tried again", metadata: ["why": "\(why)"])
    }
    toldOfIndex = why != nil
  }

  private mutating func take(_ event: FileEvent) throws {
    switch event {
    case .rootLost(let inbox, let loss):
      logger.warning("inbox lost", metadata: ["inbox": "\(inbox)", "how": "\(loss)"])
    case .rootFound(let inbox): logger.notice("inbox is back", metadata: ["inbox": "\(inbox)"])
    case .blind(.watchLimitReached(_, let limit)):  // the folder may be named after a patient
      tellBlind(.watchLimitReached(path: "a folder", limit: limit))
    case .blind(let error): tellBlind(error)
    case .rescanNeeded(let inbox, let cause):
      listed.insert(inbox)
      let start = observer.now
      observer.take(event)
      logger.debug(
        "listed",
        metadata: [
          "inbox": "\(inbox)", "cause": "\(cause)", "files": "\(observer.fileCount)",
          "seconds": "\((observer.now - start).inSeconds)",
        ])
      return
    default: break
    }
    observer.take(event)
  }

  /// Puts what has settled into the line, and takes the next journey; false where there is none.
  private mutating func turn(_ isStopping: StopFlag) async throws -> Bool {
    observer.rescanUnlisted()
    tellOfUnlisted()
    try await arrive(observer.settled())
    try await takeUpDispatched()
    try tell(observer.newEmptyFiles())
    try await retryAfterRuleChange()
    offerStudies()
    let over = held.filter { observer.now >= $0.until }
    held.removeAll { entry in over.contains { $0.work.key == entry.work.key } }
    for entry in over { try await process(entry.work, endsHolding: true) }
    guard !isStopping.isUp, line.nextDue != nil, !dispatched.isFull(site.executor), try hasRoom(),
      let entry = line.next(at: observer.now)
    else {
      try queueGathered(hasMore: false)
      return false
    }
    if try await process(entry.item, endsHolding: false), !line.retry(entry, pauses: Self.pauses, at: observer.now) {
      try await process(entry.item, endsHolding: false, isLastAttempt: true)
    }
    try queueGathered(hasMore: true)
    return true
  }

  /// Whether the disk of the output tree has the room that is to stay free. While it has not, nothing new is begun.
  private mutating func hasRoom() throws -> Bool {
    let free = FreeSpace.bytes(at: configuration.output)
    let isLow = free < configuration.keepFree
    guard isLow != isPaused else { return !isLow }
    isPaused = isLow
    let words =
      "\(free >> 20) MiB are free at \(configuration.output.path), \(configuration.keepFree >> 20) are to stay free"
    try site.record(isLow ? "intake-paused" : "intake-resumed", ["why": words])
    if isLow, configuration.untilIdle { throw AgentError("nothing more is begun: \(words); make room") }
    if isLow {
      logger.warning("intake paused: make room", metadata: ["why": "\(words)"])
    } else {
      logger.notice("intake goes on", metadata: ["why": "\(words)"])
    }
    return !isLow
  }

  /// True where it has to be tried again later.
  @discardableResult
  mutating func process(_ work: Work, endsHolding: Bool, isLastAttempt: Bool = false) async throws -> Bool {
    let isLast = isLastAttempt || configuration.untilIdle
    switch work {
    case .study(let key):
      guard let ends = try await travel(key, endsHolding: endsHolding, isLastAttempt: isLast) else { return false }
      return try await take(ends, of: work)
    case .parcel(let waiting):
      guard let parcel = observer.redeem(waiting) else { return false }
      let (site, now, inbox) = (site, observer.now, inboxOfPath)
      let ends = try await onOwnThread(named: "vigil-journey") {
        Result { () throws(AgentError) in
          try site.process(parcel, now: now, inbox: inbox, endsHolding: endsHolding, isLastAttempt: isLast)
        }
      }
      return try await take(try ends.get(), of: work)
    }
  }

  /// The inbox that a path lies in.
  var inboxOfPath: @Sendable (String) -> String? {
    let inboxes = observer.inboxes
    return { path in inboxes.first { $0.contains(path) }?.path }
  }

  /// What is to become of work that ended so; true where it has to be tried again later.
  private mutating func take(_ ends: [JourneyEnd], of work: Work) async throws -> Bool {
    holdsFreeMemory = true
    var isPostponed = false
    for end in ends {
      switch end {
      case .sealed(let run, let outcome, let message):
        tally.count(outcome)
        try keep(work, after: run)
        logger.notice("\(outcome.rawValue)", metadata: ["run": "\(run)", "detail": "\(message ?? "")"])
      case .givenUp(let run, let why):
        tally.count(.refused)
        logger.notice("given up; the next start tries it again", metadata: ["run": "\(run)", "detail": "\(why)"])
      case .held(let why, let wait):
        held.append((work, observer.now + (wait ?? configuration.hold)))
        logger.notice("held", metadata: ["why": "\(why)"])
      case .alreadySealed(let run):
        logger.info("already on record", metadata: ["run": "\(run)"])
        try keep(work, after: run)
      case .changed(let files):
        logger.notice("files changed after they had settled; waiting anew", metadata: ["files": "\(files.count)"])
        resettle(work, changed: files)
      case .gathered:
        try await gather(work)
      case .awaiting(let candidates):
        gather(candidates, outOf: work)
      case .postponed(let why):
        isPostponed = true
        logger.notice("put off", metadata: ["why": "\(why)"])
        try site.record("put-off", ["why": why])
      case .dispatched(let name, let why):
        dispatched.note(work, name: name)
        logger.notice("on the cluster", metadata: ["work": "\(name)", "how": "\(why)"])
      case .interrupted: return false
      }
    }
    return isPostponed
  }

  /// Keeps what other rules or models may let fare better.
  private mutating func keep(_ work: Work, after run: RunID) throws {
    let mayFareBetter = try site.mayFareBetter(run)
    switch work {
    case .parcel(let waiting): if mayFareBetter { unfinished[waiting.parcel] = waiting }
    case .study(let key): if !mayFareBetter { studies.finish(key) }
    }
  }

  private mutating func resettle(_ work: Work, changed files: [String]) {
    switch work {
    case .parcel(let waiting): observer.resettle(waiting.parcel, changed: files)
    case .study(let key):
      for series in Set(studies.candidates(of: key).map { $0.series }) {
        observer.resettle(channels[series]?.parcel ?? .series(series), changed: files)
      }
    }
  }

  /// Puts what the rules had turned away back into the line when they, or their models, have changed. A scan that ends as it did
  /// before makes no new run.
  private mutating func retryAfterRuleChange() async throws {
    if observer.now >= nextLookAtRules {
      try site.rulesInForce()
      nextLookAtRules = observer.now + Self.rulesPeriod
    }
    guard site.rulesGeneration != rulesSeen else { return }
    rulesSeen = site.rulesGeneration
    let gathered = studies.dropUnfinished().compactMap { channels[$0] }
    let again = Array(unfinished.values) + held.compactMap { $0.work.parcel } + gathered
    logger.notice("rules have changed", metadata: ["scans tried again": "\(again.count)"])
    unfinished = [:]
    held = []
    try await arrive(again)
  }

  /// Once an hour, as long as it lasts.
  private mutating func tellBlind(_ error: WatchError) {
    guard observer.now >= nextBlindWarning else { return }
    nextBlindWarning = observer.now + .seconds(3600)
    logger.warning("\(error); what has no watch is listed every 30 s meanwhile")
  }

  private mutating func tellOfUnlisted() {
    for (inbox, error) in observer.unlisted where unlistedTold.insert(inbox).inserted {
      logger.warning("the inbox cannot be listed; it is tried again", metadata: ["problem": "\(error)"])
    }
    unlistedTold.formIntersection(observer.unlisted.keys)
  }

  /// Files without a byte are no scan and wait to be filled: said once of each.
  private func tell(_ emptyFiles: [String]) throws {
    guard !emptyFiles.isEmpty else { return }
    logger.warning("files without a single byte wait to be filled", metadata: ["files": "\(emptyFiles.count)"])
    for path in emptyFiles { try site.record("empty-file", ["file": site.aliases.alias(of: path)]) }
  }

  /// Whether nothing is left to do; before it says so it lists every inbox once more, and ends the wait of what is held.
  private mutating func isIdle(_ isStopping: StopFlag) async throws -> Bool {
    guard line.count == 0, dispatched.isEmpty else { return false }
    if !observer.isQuiet, let problem = observer.hopeless { throw AgentError("\(problem)") }
    guard observer.isQuiet else { return false }
    for inbox in observer.inboxes { observer.rescan(inbox) }
    if let problem = observer.unlisted.values.first { throw AgentError("\(problem)") }
    guard observer.isQuiet, !observer.isWaitingForEmptyFolders, !observer.isWaitingForEmptyFiles else { return false }
    let waiting = held
    held = []
    for entry in waiting where !isStopping.isUp { try await process(entry.work, endsHolding: true) }
    for key in offerAllStudies() where !isStopping.isUp { try await process(.study(key), endsHolding: true) }
    for folder in observer.emptyFolders() {
      for end in try site.refuseEmpty(folder) {
        if case .sealed(_, let outcome, _) = end { tally.count(outcome) }
      }
    }
    return line.count == 0 && dispatched.isEmpty && observer.isQuiet
  }
}
