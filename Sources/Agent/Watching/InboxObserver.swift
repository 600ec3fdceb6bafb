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
  /// Those that were handed out: a rescan finds them again, and again.
  private var told: Set<UnusableFile> = []
  /// Folders found empty, and when first.
  private var emptySince: [String: Duration] = [:]
  /// Files with nothing in them.
  private var emptyFiles = EmptyFiles()
  /// Inboxes that are there and whose last listing failed, and why. What was known of them stays.
  package private(set) var unlisted: [Inbox: WatchError] = [:]
  private var nextListing = Duration.zero
  private var arrivals = SeriesArrivals()

  /// How long after a failed listing the next is tried.
  static let listingPause = Duration.seconds(5)

  /// `list`: how an inbox is listed; tests hand in one that fails.
  package init(
    inboxes: [Inbox], settle: Duration,
    list: @escaping @Sendable (Inbox) throws(WatchError) -> Rescan.Listing = { inbox throws(WatchError) in
      try Rescan.list(inbox)
    }
  ) {
    self.init(inboxes: inboxes, settle: settle, suspects: nil, list: list)
  }

  init(
    inboxes: [Inbox], settle: Duration, suspects: Suspects?,
    list: @escaping @Sendable (Inbox) throws(WatchError) -> Rescan.Listing = { inbox throws(WatchError) in
      try Rescan.list(inbox)
    }
  ) {
    self.inboxes = inboxes
    self.list = list
    classifier = FileClassifier(suspects: suspects)
    settling = Settling(times: Settling.Times(settle: settle))
  }

  /// Time on the observer's own monotonic scale.
  var now: Duration { ContinuousClock.now - start }

  /// How many files are known.
  package var fileCount: Int { settling.fileCount }

  /// Whether nothing is waiting to settle.
  var isQuiet: Bool { settling.nextDue == nil && unusable.isEmpty }

  mutating func take(_ event: FileEvent) {
    switch event {
    case .changed(let path, let change): refresh(path, closed: change == .closed || change == .renamed)
    case .gone(let path): refresh(path, closed: false)  // by now it may be back
    case .folderGone(let path):
      settling.forgetFolder(path, at: now)
      emptyFiles.forget(below: path)
    case .completed(let folder): settling.markComplete(folder, at: now)
    case .unusable(let file): note(file)
    case .rescanNeeded(let inbox, _): rescan(inbox)
    case .rootLost(let inbox, _): forget(inbox)
    case .rootFound, .blind: break
    }
  }

  /// Lists the inbox and takes the listing as the truth about it. An inbox that is not there is empty: the watcher says when it
  /// is back. One that is there and cannot be listed changes nothing of what is known; it is listed again a little later.
  package mutating func rescan(_ inbox: Inbox) {
    let listing: Rescan.Listing
    do throws(WatchError) {
      listing = try list(inbox)
      unlisted[inbox] = nil
    } catch .inboxUnavailable(_, let code) where code == ENOENT || code == ENOTDIR {
      return forget(inbox)
    } catch {
      unlisted[inbox] = error
      nextListing = now + Self.listingPause
      return
    }
    settling.reconcile(listing, of: inbox, at: now)
    for file in listing.unusable { note(file) }
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

  private mutating func forget(_ inbox: Inbox) {
    unlisted[inbox] = nil
    settling.forgetFolder(inbox.path, at: now)
    emptyFiles.forget(below: inbox.path)
  }

  /// Reads the headers of files that have gone quiet.
  mutating func classifyReady() async throws(AgentError) {
    let ready = settling.readyToClassify(at: now)
    guard !ready.isEmpty else { return }
    let classifier = classifier
    let sightings = try await onOwnThread(named: "vigil-classify") { classifier.classify(ready) }
    for (stamp, sighting) in zip(ready, sightings) {
      guard let sighting else {
        settling.setAside(stamp, at: now)
        continue
      }
      let key = sighting.parcel.key
      settling.classify(stamp, as: key, at: now)
      guard let mark = sighting.mark else { continue }
      if let evidence = arrivals.note(mark, of: key, files: settling.memberCount(of: key)) {
        settling.markWhole(key, because: evidence, at: now)
      }
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

  /// Looks at files that were found changed, and lets what they belong to settle anew.
  mutating func resettle(_ parcel: Parcel, changed paths: [String]) {
    for path in paths { refresh(path, closed: false) }
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
    do {
      try settling.refresh(path, closed: closed, at: now)
      emptyFiles.look(at: path, at: now)
    } catch {
      note(error)
    }
  }

  private mutating func note(_ file: UnusableFile) {
    let folder = URL(filePath: file.path).deletingLastPathComponent().path
    if told.insert(file).inserted { unusable[folder, default: []].append(file) }
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
