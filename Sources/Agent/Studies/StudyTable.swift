/// A rule and a study that it takes.
package struct StudyKey: Sendable, Hashable {
  /// The rule's name.
  package let rule: String
  /// StudyInstanceUID (0020,000D).
  package let study: String

  /// That rule in that study.
  package init(rule: String, study: String) {
    self.rule = rule
    self.study = study
  }
}

/// Which series are there for the channels of which studies, and which studies are to be worked on. A value: times are handed in
/// on a monotonic scale, and no file is read.
///
/// A study is offered once when all channels are there and nothing of it is arriving any more, or when it has waited long enough
/// whatever is missing; once more whenever a series of it comes, changes or goes.
package struct StudyTable: Sendable {
  private struct Entry {
    var candidates: [ChannelCandidate] = []
    /// When the wait for the rest began.
    var since: Duration
    var isOffered = false
    var isFinished = false
  }

  private var entries: [StudyKey: Entry] = [:]
  private var studies: [String: Set<StudyKey>] = [:]

  /// Nothing is there.
  package init() {}

  /// Whether a study waits for something and was not offered yet.
  package var isWaiting: Bool { entries.values.contains { !$0.isOffered } }

  /// Notes what the series is by now: nothing, or candidates for channels. Returns the studies to which that is news.
  @discardableResult
  package mutating func note(
    _ series: String, as candidates: [ChannelCandidate], at now: Duration
  ) -> Set<StudyKey> {
    let touched = (studies[series] ?? []).union(candidates.map { $0.key })
    studies[series] = candidates.isEmpty ? nil : Set(candidates.map { $0.key })
    for key in touched {
      var entry = entries[key] ?? Entry(since: now)
      entry.candidates.removeAll { $0.series == series }
      entry.candidates += candidates.filter { $0.key == key }
      if entry.isOffered { entry.since = now }
      (entry.isOffered, entry.isFinished) = (false, false)
      entries[key] = entry.candidates.isEmpty ? nil : entry
    }
    return touched
  }

  /// Whether the series is a candidate of a study.
  package func holds(_ series: String) -> Bool { studies[series] != nil }

  /// What is there for the study's channels, by channel, then by series.
  package func candidates(of key: StudyKey) -> [ChannelCandidate] {
    (entries[key]?.candidates ?? []).sorted { ($0.channel, $0.series, $0.words) < ($1.channel, $1.series, $1.words) }
  }

  // What waits in the line may be unpacked long after it came, but not for ever: other archives may come without end.
  private static let patience = 10

  /// The studies that are to be worked on now, each told once until it changes. `wait`: how long a rule's studies wait; `channels`:
  /// how many a rule has; `hasUnopened`: whether archives have arrived that were not looked into, so that what a study lacks may be
  /// there already: it waits ten times as long then; `isArriving`: whether something of the study has not settled yet.
  package mutating func offer(
    at now: Duration, wait: (String) -> Duration, channels: (String) -> Int, hasUnopened: Bool = false,
    isArriving: (String) -> Bool
  ) -> [StudyKey] {
    let ready = entries.filter { key, entry in
      guard !entry.isOffered else { return false }
      if now - entry.since >= wait(key.rule) * (hasUnopened ? Self.patience : 1) { return true }
      return Set(entry.candidates.map { $0.channel }).count >= channels(key.rule) && !isArriving(key.study)
    }
    return take(ready.map { $0.key })
  }

  /// Every study that was not offered yet, because there is nothing to wait for any more.
  package mutating func offerAll() -> [StudyKey] { take(entries.filter { !$0.value.isOffered }.map { $0.key }) }

  private mutating func take(_ keys: [StudyKey]) -> [StudyKey] {
    for key in keys { entries[key]?.isOffered = true }
    return keys.sorted { ($0.rule, $0.study) < ($1.rule, $1.study) }
  }

  /// Notes that the study's work is done, and that other rules would not change it.
  package mutating func finish(_ key: StudyKey) { entries[key]?.isFinished = true }

  /// Forgets the studies that are not finished; returns their series, which the rules as they are now are to be asked about.
  package mutating func dropUnfinished() -> Set<String> {
    var series: Set<String> = []
    for (key, entry) in entries where !entry.isFinished {
      entries[key] = nil
      for candidate in entry.candidates { series.insert(candidate.series) }
    }
    for name in series {
      studies[name]?.formIntersection(entries.keys)
      if studies[name]?.isEmpty == true { studies[name] = nil }
    }
    return series
  }
}
