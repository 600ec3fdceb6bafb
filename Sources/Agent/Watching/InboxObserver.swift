internal import Foundation
package import Intake

/// Keeps what is known of the inboxes: takes events and rescans, has new files classified, and tells what has settled.
///
/// Lost events, a restart and a full queue all end in the same rescan; there is no other recovery.
package struct InboxObserver {
  let inboxes: [Inbox]
  private let classifier: FileClassifier
  private let list: @Sendable (Inbox) throws(WatchError) -> Rescan.Listing
  private let start = ContinuousClock.now
  private(set) var settling: Settling
  /// Files that can never be used, by folder, not yet handed out.
  private var unusable: [String: [UnusableFile]] = [:]
  /// Those that were handed out, and why each is unusable: a rescan finds them again, and again.
  private var told: [String: UnusableFile.Kind] = [:]
  /// Files that were refused because this process had no right to read them.
  private var locked: Set<String> = []
  /// Files that the system does not let be looked at just now, and those whose header it does not let be read.
  private var unseen: StalledFiles
  private var unread: StalledFiles
  /// Folders found empty, and when first.
  private var emptySince: [String: Duration] = [:]
  /// Files with nothing in them.
  private var emptyFiles = EmptyFiles()
  /// Inboxes that are there and whose last listing failed, at least of a part, and why. What was known of that part stays.
  package private(set) var unlisted: [Inbox: WatchError] = [:]
  /// Which folders those are: what lies in them is not known to be all that does.
  private var unlistedFolders: [Inbox: Set<String>] = [:]
  private var nextListing = Duration.zero
  private var failedListings = 0
  /// The last listing of each inbox: when it began, how long it took, and whether only listings show what changes there.
  private var listings: [Inbox: (began: Duration, took: Duration, isOnlyListed: Bool)] = [:]
  /// Until then watches are known to be missing.
  private var blindUntil = Duration.zero
  private var arrivals = SeriesArrivals()

  /// The watcher says at least so often that watches are missing, as long as they are.
  static let blindTime = Duration.seconds(45)
  /// How long after a failed listing the next is tried.
  static let listingPauses = RetryPauses(first: .seconds(5), longest: .seconds(300), attempts: .max)
  /// An agent that is to end when it has nothing left to do waits for so many failed listings, and no longer.
  static let patientListings = 3

  /// `list`: how an inbox is listed; tests hand in one that fails.
  package init(
    inboxes: [Inbox], settle: Duration,
    list: @escaping @Sendable (Inbox) throws(WatchError) -> Rescan.Listing = { inbox throws(WatchError) in
      try Rescan.list(inbox)
    }
  ) {
    self.init(inboxes: inboxes, settle: settle, suspects: nil, pauses: RetryPauses(), list: list)
  }

  init(
    inboxes: [Inbox], settle: Duration, suspects: Suspects?, pauses: RetryPauses?,
    list: @escaping @Sendable (Inbox) throws(WatchError) -> Rescan.Listing = { inbox throws(WatchError) in
      try Rescan.list(inbox)
    }
  ) {
    self.inboxes = inboxes
    self.list = list
    classifier = FileClassifier(suspects: suspects)
    settling = Settling(times: Settling.Times(settle: settle))
    (unseen, unread) = (StalledFiles(pauses: pauses), StalledFiles(pauses: pauses))
  }

  /// Time on the observer's own monotonic scale.
  var now: Duration { ContinuousClock.now - start }

  /// How many files are known.
  package var fileCount: Int { settling.fileCount }

  /// Whether nothing is waiting to settle.
  var isQuiet: Bool { settling.nextDue == nil && unusable.isEmpty && unseen.paths.isEmpty }

  /// Why something waits that will not settle any more as far as can be seen; nil where there is hope.
  var hopeless: WatchError? {
    failedListings > Self.patientListings && settling.waitsOnlyForListings(at: now) ? unlisted.values.first : nil
  }

  mutating func take(_ event: FileEvent) {
    switch event {
    case .changed(let path, let change): refresh(path, closed: change == .closed || change == .renamed)
    case .gone(let path): refresh(path, closed: false)  // by now it may be back
    case .folderGone(let path): forget(below: path)
    case .completed(let folder): settling.markComplete(folder, at: now)
    case .unusable(let file): take(file)
    case .rescanNeeded(let inbox, _): rescan(inbox)
    case .rootLost(let inbox, _): forget(inbox)
    case .blind: blindUntil = now + Self.blindTime
    case .rootFound: break
    }
  }

  /// What the watcher found: where the cause can pass it is a folder, to be listed later.
  private mutating func take(_ file: UnusableFile) {
    guard case .unreadable(let code) = file.kind, file.canPass else { return note(file) }
    guard let inbox = inbox(of: file.path) else { return }
    postpone(inbox, [file.path], .inboxUnavailable(path: inbox.path, errno: code))
  }

  /// Lists the inbox and takes the listing as the truth about it. An inbox that is not there is empty: the watcher says when it
  /// is back. One that is there and cannot be listed changes nothing of what is known; it is listed again a little later.
  package mutating func rescan(_ inbox: Inbox) {
    let listing: Rescan.Listing
    let began = now
    do throws(WatchError) {
      listing = try list(inbox)
      (unlisted[inbox], unlistedFolders[inbox]) = (nil, nil)
      if let code = listing.unavailable.values.first {
        postpone(inbox, listing.unavailable.keys, .inboxUnavailable(path: inbox.path, errno: code))
      }
    } catch .inboxUnavailable(_, let code) where code == ENOENT || code == ENOTDIR {
      return forget(inbox)
    } catch {
      return postpone(inbox, [inbox.path], error)
    }
    if unlisted.isEmpty { failedListings = 0 }
    listings[inbox] = (began, now - began, (try? FileSystemKind(of: inbox))?.changesUnseen ?? true)
    settling.reconcile(listing, of: inbox, at: now)
    for path in locked where inbox.contains(path) { unlock(path) }
    told = told.filter { !inbox.contains($0.key) }
      .merging(listing.unusable.filter { told[$0.path] == $0.kind }.map { ($0.path, $0.kind) }) { $1 }
    for file in listing.unusable + listing.unseen { note(file) }
    emptyFiles.reconcile(listing.emptyFiles, below: inbox.path, at: now)
    let empty = Set(listing.empty)
    emptySince = emptySince.filter { !inbox.contains($0.key) || empty.contains($0.key) }
    for folder in empty where emptySince[folder] == nil { emptySince[folder] = now }
  }

  /// Lists once more what could not be listed, when it is time.
  mutating func rescanUnlisted() {
    guard !unlisted.isEmpty, now >= nextListing else { return }
    for inbox in unlisted.keys { rescan(inbox) }
  }

  /// Notes that the inbox, or these folders of it, could not be listed.
  private mutating func postpone(_ inbox: Inbox, _ folders: some Sequence<String>, _ error: WatchError) {
    unlisted[inbox] = error
    unlistedFolders[inbox, default: []].formUnion(folders)
    failedListings += 1
    nextListing = now + (Self.listingPauses.pause(after: failedListings) ?? .zero)
  }

  private mutating func forget(_ inbox: Inbox) {
    (unlisted[inbox], unlistedFolders[inbox], listings[inbox]) = (nil, nil, nil)
    forget(below: inbox.path)
  }

  private mutating func forget(below folder: String) {
    settling.forgetFolder(folder, at: now)
    emptyFiles.forget(below: folder)
    unseen.forget(below: folder)
    unread.forget(below: folder)
    let prefix = folder == "/" ? "/" : folder + "/"
    told = told.filter { !$0.key.hasPrefix(prefix) }
    locked = locked.filter { !$0.hasPrefix(prefix) }
  }

  /// Reads the headers of files that have gone quiet.
  mutating func classifyReady() async throws(AgentError) {
    let ready = settling.readyToClassify(at: now).filter { !unread.waits($0.path, at: now) }
    guard !ready.isEmpty else { return }
    let classifier = classifier
    let sightings = try await onOwnThread(named: "vigil-classify") { classifier.classify(ready) }
    for (stamp, sighting) in zip(ready, sightings) { take(sighting, of: stamp) }
    arrivals.keep(settling.openKeys)
  }

  private mutating func take(_ sighting: Sighting, of stamp: FileStamp) {
    var sighting = sighting
    if case .unavailable = sighting {
      if unread.note(stamp.path, at: now) { return settling.markUnread(stamp) }
      sighting = .part(of: .strangers(folder: (stamp.path as NSString).deletingLastPathComponent))
    }
    unread.forget(stamp.path)
    if case .part(.strangers, _) = sighting, access(stamp.path, R_OK) != 0, errno == EACCES {
      locked.insert(stamp.path)
    }
    guard case .part(let parcel, let mark) = sighting else { return settling.setAside(stamp, at: now) }
    settling.classify(stamp, as: parcel.key, at: now)
    guard let mark else { return }
    if let evidence = arrivals.note(mark, of: parcel.key, files: settling.memberCount(of: parcel.key)) {
      settling.markWhole(parcel.key, because: evidence, at: now)
    }
  }

  /// The studies of which a series has not settled since it last changed.
  var arrivingStudies: Set<String> { arrivals.studies(of: settling.openKeys) }

  /// Whether no file of it is left.
  func isGone(_ waiting: WaitingParcel) -> Bool {
    waiting.ticket.map { settling.memberCount(of: $0.key) == 0 } ?? false
  }

  /// The parcel with its files, to be worked on now; nil where it is not what settled any more: it is gone, or settles anew.
  mutating func redeem(_ waiting: WaitingParcel) -> SettledParcel? {
    guard let ticket = waiting.ticket else { return SettledParcel(parcel: waiting.parcel, unusable: waiting.unusable) }
    return settling.redeem(ticket, at: now).map { SettledParcel(parcel: waiting.parcel, group: $0) }
  }

  /// What has settled by now.
  mutating func settled() -> [WaitingParcel] {
    for path in unseen.due(at: now) { refresh(path, closed: false) }
    listWhereNeeded()
    settling.unseen = unseen.paths
    for file in settling.confirm(at: now) { note(file) }
    var settled: [WaitingParcel] = []
    for group in settling.settled(at: now) {
      arrivals.forget(group.key)
      if let parcel = Parcel(group.key) { settled.append(WaitingParcel(parcel: parcel, ticket: group.ticket)) }
    }
    for (folder, files) in unusable {
      settled.append(WaitingParcel(parcel: .strangers(folder: folder), ticket: nil, unusable: files))
    }
    unusable = [:]
    return settled
  }

  /// Lists the inboxes in which changes show only so, where something has been quiet long enough as far as is known. A listing that
  /// takes long is not made often. Nothing settles in a folder that cannot be listed.
  private mutating func listWhereNeeded() {
    func listedOnly() -> [String: Duration] {
      let places = listings.filter { $0.value.isOnlyListed || now < blindUntil }
      let never = unlistedFolders.values.joined().map { ($0, Duration.seconds(-1)) }
      return Dictionary(places.map { ($0.key.path, $0.value.began) } + never, uniquingKeysWith: min)
    }
    settling.listedOnly = listedOnly()
    let due = settling.needsListing(at: now)
    // Those that could not be listed have their own pauses.
    for (inbox, last) in listings where due.contains(inbox.path) && unlisted[inbox] == nil {
      if now >= last.began + last.took + max(.seconds(1), last.took * 10) { rescan(inbox) }
    }
    settling.listedOnly = listedOnly()
  }

  /// Looks at files that were found changed, and lets what they belong to settle anew.
  mutating func resettle(_ parcel: Parcel, changed paths: [String]) {
    for path in paths {
      refresh(path, closed: false)
      settling.doubt(path, at: now)
    }
    settling.reopen(parcel.key, at: now)
  }

  /// Whether a folder is empty and has not been so for the settling time: something may still come.
  var isWaitingForEmptyFolders: Bool {
    emptySince.values.contains { $0 >= .zero && now - $0 < settling.times.settle }
  }

  /// Folders that have stayed empty for the settling time, each told once.
  mutating func emptyFolders() -> [String] {
    let ripe = emptySince.filter { now - $0.value >= settling.times.settle && $0.value >= .zero }.map { $0.key }
    for folder in ripe { emptySince[folder] = .seconds(-1) }
    return ripe.sorted()
  }

  /// Files that have stayed without a byte for the settling time, each told once.
  mutating func newEmptyFiles() -> [String] { emptyFiles.ripe(at: now, after: settling.times.settle) }

  /// Whether a file has no byte and has not been so for the settling time.
  var isWaitingForEmptyFiles: Bool { emptyFiles.isWaiting }

  /// The inbox that holds `path`.
  func inbox(of path: String) -> Inbox? { inboxes.first { $0.contains(path) } }

  private mutating func refresh(_ path: String, closed: Bool) {
    let before = settling.stamp(of: path)
    do throws(UnusableFile) {
      try settling.refresh(path, closed: closed, at: now)
      if settling.stamp(of: path) != before { unread.forget(path) }  // another file by now, or none
      unseen.forget(path)
      unlock(path)
      told[path] = nil
      emptyFiles.look(at: path, at: now)
    } catch {
      note(error)
    }
  }

  /// Looks once more at a file that this process had no right to read, if it has it now: size and time do not tell of that.
  private mutating func unlock(_ path: String) {
    guard locked.contains(path) else { return }
    if settling.stamp(of: path) == nil {
      locked.remove(path)
    } else if access(path, R_OK) == 0 {
      locked.remove(path)
      settling.doubt(path, at: now)
    }
  }

  /// Notes that a file cannot be used, or, where the cause can pass, that it is to be looked at again.
  private mutating func note(_ file: UnusableFile) {
    if file.canPass {
      if unseen.note(file.path, at: now) { return }
      settling.forget(file.path, at: now)
    }
    let folder = URL(filePath: file.path).deletingLastPathComponent().path
    if told.updateValue(file.kind, forKey: file.path) != file.kind { unusable[folder, default: []].append(file) }
  }
}

/// A parcel that has gone quiet and waits for its turn, without its files: ``InboxObserver/redeem(_:)`` gives them.
struct WaitingParcel: Sendable {
  let parcel: Parcel
  /// nil for things that are no files (pipes, links, ...), which `unusable` names.
  let ticket: SettledTicket?
  var unusable: [UnusableFile] = []
}

/// A parcel that has gone quiet, with its files.
struct SettledParcel: Sendable {
  let parcel: Parcel
  /// Its files; nil for things that are no files (pipes, links, ...), which `unusable` names.
  let group: SettledGroup?
  let unusable: [UnusableFile]

  init(parcel: Parcel, group: SettledGroup) {
    self.parcel = parcel
    self.group = group
    unusable = []
  }

  init(parcel: Parcel, unusable: [UnusableFile]) {
    self.parcel = parcel
    group = nil
    self.unusable = unusable
  }
}
