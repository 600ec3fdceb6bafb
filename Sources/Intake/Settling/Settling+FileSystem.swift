/// Looking at the files themselves. The only part of settling that touches the file system.
extension Settling {
  /// Looks at the file at `path` and observes or forgets it. Throws ``UnusableFile`` (and forgets it) if what is there is not
  /// a regular file. One that cannot be looked at for a cause that can pass is thrown likewise, and what is known of it stays.
  public mutating func refresh(_ path: String, closed: Bool = false, at now: Duration) throws(UnusableFile) {
    do throws(UnusableFile) {
      if let stamp = try FileStamp.current(path) {
        observe(stamp, closed: closed, at: now)
      } else {
        forget(path, at: now)
      }
    } catch {
      if !error.canPass { forget(path, at: now) }
      throw error
    }
  }

  /// Looks again at every file that a quiet group is waiting for. Returns what turned out unusable. A group with a file that cannot be
  /// looked at just now, which is among that, waits once more for its quiet time.
  @discardableResult
  public mutating func confirm(at now: Duration) -> [UnusableFile] {
    var unusable: [UnusableFile] = []
    for path in toConfirm(at: now) {
      do throws(UnusableFile) {
        try refresh(path, at: now)
      } catch {
        if error.canPass { disturb(path, at: now) }
        unusable.append(error)
      }
    }
    return unusable
  }

  /// Takes a rescan as the truth about everything in `inbox`: observes what it lists, forgets what it does not.
  public mutating func reconcile(_ listing: Rescan.Listing, of inbox: Inbox, at now: Duration) {
    for stamp in listing.files { observe(stamp, at: now) }
    if files.count > listing.files.count {
      let present = Set(listing.files.compactMap { files.id(of: $0.path) })
      let unknown =
        listing.unavailable.keys.flatMap { files.ids(below: $0) } + listing.unseen.compactMap { files.id(of: $0.path) }
      let kept = present.union(unknown)
      for id in files.ids(below: inbox.path) where !kept.contains(id) { forget(id, at: now) }
    }
    let completed = Set(listing.completed)
    markers = markers.filter { marker in
      !inbox.contains(marker.key) || completed.contains(marker.key)
        || listing.unavailable.keys.contains { isFolder($0, orBelow: marker.key) }
    }
    for folder in completed where markers[folder] == nil { markComplete(folder, at: now) }
  }
}

extension Collection<FileStamp> {
  /// The paths of files that are not what they were when they were stamped: to be asked after reading them, so that what was
  /// read is known to be what settled.
  public func changedSince() -> [String] {
    filter { stamp in
      do throws(UnusableFile) { return try FileStamp.current(stamp.path) != stamp } catch { return true }
    }.map { $0.path }
  }
}
