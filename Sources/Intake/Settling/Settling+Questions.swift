/// What is due.
extension Settling {
  /// Files to be classified: closed by their writer, or unchanged for `times.classify`. Oldest change first; at most `limit`,
  /// so that one turn of the caller's loop stays short when very many arrive at once.
  public func readyToClassify(at now: Duration, limit: Int = .max) -> [FileStamp] {
    let latest = (now - times.classify).nanoseconds
    return files.unclassified.compactMap { files[$0] }
      .filter { $0.closed || $0.changed <= latest }
      .map { (changed: $0.changed, stamp: files.stamp(of: $0)) }
      .sorted { ($0.changed, $0.stamp.path) < ($1.changed, $1.stamp.path) }
      .prefix(limit).map { $0.stamp }
  }

  /// Paths of files that hold up a group which is quiet otherwise: they have not been looked at since it went quiet. Observe
  /// or forget each, then ask `settled`. (A change that no event told of, on a network folder or through a memory map,
  /// shows here.)
  public func toConfirm(at now: Duration) -> [String] {
    open.flatMap { index -> [String] in
      guard let group = groups[Int(index)], let due = due(group, at: now) else { return [] }
      return group.members.compactMap { files[$0] }.filter { $0.seen < due.since }.map { files.path(of: $0) }
    }
  }

  /// The groups that have settled by `now`, each told once per generation, by key.
  public mutating func settled(at now: Duration) -> [SettledGroup] {
    var result: [SettledGroup] = []
    for index in open {
      guard let group = groups[Int(index)], let due = due(group, at: now) else { continue }
      let members = group.members.compactMap { files[$0] }
      guard members.allSatisfy({ $0.seen >= due.since }) else { continue }
      groups[Int(index)]?.generation += 1
      open.remove(index)
      result.append(
        SettledGroup(
          key: group.key, files: members.map { files.stamp(of: $0) }.sorted { $0.path < $1.path },
          firstSeen: .nanoseconds(group.firstSeen), settledAt: now, generation: group.generation + 1,
          evidence: due.evidence))
    }
    return result.sorted { $0.key.text < $1.key.text }
  }

  /// The earliest moment at which something becomes due if nothing more is noticed; `nil` if nothing is waiting.
  public var nextDue: Duration? {
    let toClassify = files.unclassified.lazy.compactMap { files[$0] }.map {
      $0.closed ? $0.changed : $0.changed + times.classify.nanoseconds
    }
    let toSettle = open.lazy.compactMap { groups[Int($0)] }.map {
      whole($0)?.since ?? marker(of: $0)?.since ?? $0.changed + times.settle.nanoseconds
    }
    return [toClassify.min(), toSettle.min()].compactMap { $0 }.min().map { .nanoseconds($0) }
  }

  private struct Due {
    /// Every member must have been seen unchanged at or after this.
    let since: Int64
    let evidence: SettledGroup.Evidence
  }

  private func due(_ group: Group, at now: Duration) -> Due? {
    let time = now.nanoseconds
    if let whole = whole(group), time >= whole.since {
      // Every file is there: what lies beside it and was not read yet is not the group's.
      return group.members.contains { files[$0]?.role == .unclassified } ? nil : whole
    }
    let due: Due
    if let marker = marker(of: group), time >= marker.since {
      if isUnlisted(marker) { return nil }
      due = marker
    } else {
      let since = group.changed + times.settle.nanoseconds
      guard time >= since, unlisted(group, since: since).isEmpty else { return nil }
      due = Due(since: since, evidence: .quiet(.nanoseconds(time - group.changed)))
    }
    return isHeld(group, at: time) ? nil : due
  }

  /// Those of ``listedOnly`` that are to be listed because the quiet time of a group in them is over and only that can tell whether
  /// more of it has come.
  public func needsListing(at now: Duration) -> Set<String> {
    guard !listedOnly.isEmpty else { return [] }
    return open.reduce(into: []) { places, index in
      guard let group = groups[Int(index)], whole(group) == nil, marker(of: group) == nil else { return }
      let since = group.changed + times.settle.nanoseconds
      if now.nanoseconds >= since { places.formUnion(unlisted(group, since: since)) }
    }
  }

  /// Whether all that has not settled is past its quiet time and lies where nothing could be listed since.
  package func waitsOnlyForListings(at now: Duration) -> Bool {
    files.unclassified.isEmpty
      && open.allSatisfy { index in
        guard let group = groups[Int(index)] else { return true }
        if marker(of: group).map(isUnlisted) == true { return true }
        let since = group.changed + times.settle.nanoseconds
        return now.nanoseconds >= since && !unlisted(group, since: since).isEmpty
      }
  }

  /// Whether a folder that cannot be listed, which is to say that it never was, lies at or below the marker's, or around it.
  private func isUnlisted(_ marker: Due) -> Bool {
    guard case .marker(let folder) = marker.evidence else { return false }
    return listedOnly.contains { place, listed in
      listed < .zero && (isFolder(folder, orBelow: place) || isFolder(place, orBelow: folder))
    }
  }

  /// Those of ``listedOnly`` in which the group lies and which were not listed since.
  private func unlisted(_ group: Group, since: Int64) -> [String] {
    let late = listedOnly.filter { $0.value.nanoseconds < since }.map { $0.key }
    guard !late.isEmpty else { return [] }
    let folders = Set(group.members.compactMap { files[$0]?.folder }).map { files.folderPath($0) }
    return late.filter { place in folders.contains { isFolder(place, orBelow: $0) } }
  }

  /// Whether a file is still to be seen or classified that is the group's, or may be because it lies beside the group's files.
  private func isHeld(_ group: Group, at time: Int64) -> Bool {
    guard !files.unclassified.isEmpty || !unseen.isEmpty else { return false }
    let members = group.members.compactMap { files[$0] }
    if members.contains(where: { $0.role == .unclassified }) { return true }
    let patience = times.neighbours.nanoseconds
    let folders = Set(members.map { $0.folder })
    let isWaited = folders.contains { folder in
      files.unclassified(in: folder).contains { id in
        files[id].map { $0.isUnread || time - $0.firstSeen < patience } ?? false
      }
    }
    guard !isWaited, !unseen.isEmpty else { return isWaited }
    let paths = Set(folders.map { files.folderPath($0) })
    return unseen.contains { path in path.lastIndex(of: "/").map { paths.contains(String(path[..<$0])) } ?? false }
  }

  /// The caller's word that the group is whole, if it came after the group's last change.
  private func whole(_ group: Group) -> Due? {
    guard let whole = group.whole, whole.since >= group.changed else { return nil }
    return Due(since: whole.since, evidence: .whole(whole.why))
  }

  /// The marker that declares all of the group complete, if it came after the group's last change.
  private func marker(of group: Group) -> Due? {
    guard !markers.isEmpty else { return nil }
    let folders = Set(group.members.compactMap { files[$0]?.folder }).map { files.folderPath($0) }
    guard let first = folders.first else { return nil }
    for folder in ancestors(of: first) {
      guard let seen = markers[folder]?.nanoseconds, seen >= group.changed else { continue }
      if folders.allSatisfy({ isFolder(folder, orBelow: $0) }) {
        return Due(since: seen, evidence: .marker(folder: folder))
      }
    }
    return nil
  }

  /// The folder and those above it, the innermost first.
  private func ancestors(of folder: String) -> [String] {
    var result = [folder]
    var rest = folder.utf8[...]
    while let slash = rest.lastIndex(of: UInt8(ascii: "/")), slash > rest.startIndex {
      rest = rest[..<slash]
      result.append(String(Substring(rest)))
    }
    return result
  }
}
