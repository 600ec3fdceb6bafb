internal import Foundation
internal import Intake

/// Keeps what is known of the inboxes: takes events and rescans, has new files classified, and tells what has settled.
///
/// Lost events, a restart and a full queue all end in the same rescan; there is no other recovery.
struct InboxObserver {
  let inboxes: [Inbox]
  private let classifier: FileClassifier
  private let start = ContinuousClock.now
  private(set) var settling: Settling
  /// Files that can never be used, by folder, not yet handed out.
  private var unusable: [String: [UnusableFile]] = [:]
  /// Those that were handed out: a rescan finds them again, and again.
  private var told: Set<UnusableFile> = []
  /// Folders found empty, and when first.
  private var emptySince: [String: Duration] = [:]

  init(inboxes: [Inbox], settle: Duration, classifier: FileClassifier) {
    self.inboxes = inboxes
    self.classifier = classifier
    settling = Settling(times: Settling.Times(settle: settle))
  }

  /// Time on the observer's own monotonic scale.
  var now: Duration { ContinuousClock.now - start }

  /// Whether nothing is waiting to settle.
  var isQuiet: Bool { settling.nextDue == nil && unusable.isEmpty }

  mutating func take(_ event: FileEvent) throws(AgentError) {
    switch event {
    case .changed(let path, let change): refresh(path, closed: change == .closed || change == .renamed)
    case .gone(let path): refresh(path, closed: false)  // by now it may be back
    case .folderGone(let path): settling.forgetFolder(path, at: now)
    case .completed(let folder): settling.markComplete(folder, at: now)
    case .unusable(let file): note(file)
    case .rescanNeeded(let inbox, _): try rescan(inbox)
    case .rootLost(let inbox, _): settling.forgetFolder(inbox.path, at: now)
    case .rootFound, .blind: break
    }
  }

  /// Lists the inbox and takes the listing as the truth about it. A missing inbox is waited for, not an error: the watcher
  /// says when it is back.
  mutating func rescan(_ inbox: Inbox) throws(AgentError) {
    guard let listing = try? Rescan.list(inbox) else { return settling.forgetFolder(inbox.path, at: now) }
    settling.reconcile(listing, of: inbox, at: now)
    for file in listing.unusable { note(file) }
    let empty = Set(listing.empty)
    emptySince = emptySince.filter { !inbox.contains($0.key) || empty.contains($0.key) }
    for folder in empty where emptySince[folder] == nil { emptySince[folder] = now }
  }

  /// Reads the headers of files that have gone quiet.
  mutating func classifyReady() async {
    let ready = settling.readyToClassify(at: now)
    guard !ready.isEmpty else { return }
    let classifier = classifier
    let parcels = await onOwnThread(named: "vigil-classify") { classifier.classify(ready) }
    for (stamp, parcel) in zip(ready, parcels) {
      if let parcel {
        settling.classify(stamp, as: parcel.key, at: now)
      } else {
        settling.setAside(stamp, at: now)
      }
    }
  }

  /// What has settled by now.
  mutating func settled() -> [SettledParcel] {
    for file in settling.confirm(at: now) { note(file) }
    var settled = settling.settled(at: now).compactMap { group in
      Parcel(group.key).map { SettledParcel(parcel: $0, group: group) }
    }
    for (folder, files) in unusable {
      settled.append(SettledParcel(parcel: .strangers(folder: folder), unusable: files))
    }
    unusable = [:]
    return settled
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

  /// The inbox that holds `path`.
  func inbox(of path: String) -> Inbox? { inboxes.first { $0.contains(path) } }

  private mutating func refresh(_ path: String, closed: Bool) {
    do {
      try settling.refresh(path, closed: closed, at: now)
    } catch {
      note(error)
    }
  }

  private mutating func note(_ file: UnusableFile) {
    let folder = URL(filePath: file.path).deletingLastPathComponent().path
    if told.insert(file).inserted { unusable[folder, default: []].append(file) }
  }
}

/// A parcel that has gone quiet.
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
