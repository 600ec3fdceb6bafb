/// What is due.
extension Settling {
  /// Files to be classified: closed by their writer, or unchanged for `times.classify`. Oldest change first.
  public func readyToClassify(at now: Duration) -> [FileStamp] {
    let paths = unclassified.values.joined()
    return paths.compactMap { files[$0] }
      .filter { $0.closed || now - $0.changed >= times.classify }
      .sorted { ($0.changed, $0.stamp.path) < ($1.changed, $1.stamp.path) }
      .map { $0.stamp }
  }

  /// Paths of files that hold up a group which is quiet otherwise: they have not been looked at since it went quiet. Observe
  /// or forget each, then ask `settled`. (A change that no event told of, on a network folder or through a memory map,
  /// shows here.)
  public func toConfirm(at now: Duration) -> [String] {
    open.flatMap { key -> [String] in
      guard let group = groups[key], let due = due(group, at: now) else { return [] }
      return group.members.filter { (files[$0]?.seen ?? now) < due.since }
    }
  }

  /// The groups that have settled by `now`, each told once per generation, by key.
  public mutating func settled(at now: Duration) -> [SettledGroup] {
    var result: [SettledGroup] = []
    for key in open.sorted(by: { $0.text < $1.text }) {
      guard var group = groups[key], let due = due(group, at: now) else { continue }
      let members = group.members.sorted().compactMap { files[$0] }
      guard members.allSatisfy({ $0.seen >= due.since }) else { continue }
      group.generation += 1
      group.isOpen = false
      groups[key] = group
      open.remove(key)
      result.append(
        SettledGroup(
          key: key, files: members.map { $0.stamp }, firstSeen: group.firstSeen, settledAt: now,
          generation: group.generation, evidence: due.evidence))
    }
    return result
  }

  /// The earliest moment at which something becomes due if nothing more is noticed; `nil` if nothing is waiting.
  public var nextDue: Duration? {
    let waitingFiles = unclassified.values.joined().compactMap { path -> Duration? in
      files[path].map { $0.closed ? $0.changed : $0.changed + times.classify }
    }
    let waitingGroups = open.compactMap { key -> Duration? in
      groups[key].map { marker(of: $0)?.since ?? $0.changed + times.settle }
    }
    return (waitingFiles + waitingGroups).min()
  }

  private struct Due {
    /// Every member must have been seen unchanged at or after this.
    let since: Duration
    let evidence: SettledGroup.Evidence
  }

  private func due(_ group: Group, at now: Duration) -> Due? {
    let due: Due
    if let marker = marker(of: group), now >= marker.since {
      due = marker
    } else {
      let since = group.changed + times.settle
      guard now >= since else { return nil }
      due = Due(since: since, evidence: .quiet(now - group.changed))
    }
    guard !group.members.contains(where: { isUnclassified($0) }), !hasUnclassifiedNeighbour(group, at: now) else {
      return nil
    }
    return due
  }

  /// The marker that declares all of the group complete, if it came after the group's last change.
  private func marker(of group: Group) -> Due? {
    guard !markers.isEmpty, let first = group.members.first else { return nil }
    for (folder, seen) in ancestors(of: first).compactMap({ folder in markers[folder].map { (folder, $0) } })
    where seen >= group.changed && group.members.allSatisfy({ $0.hasPrefix(folder + "/") }) {
      return Due(since: seen, evidence: .marker(folder: folder))
    }
    return nil
  }

  private func isUnclassified(_ path: String) -> Bool {
    if case .unclassified? = files[path]?.role { true } else { false }
  }

  private func hasUnclassifiedNeighbour(_ group: Group, at now: Duration) -> Bool {
    guard !unclassified.isEmpty else { return false }
    return Set(group.members.map { folder(of: $0) }).contains { folder in
      (unclassified[folder] ?? []).contains { path in
        files[path].map { now - $0.firstSeen < times.neighbours } ?? false
      }
    }
  }

  private func ancestors(of path: String) -> [String] {
    var result: [String] = []
    var next = folder(of: path)
    while next != "/" {
      result.append(next)
      next = folder(of: next)
    }
    return result
  }
}
