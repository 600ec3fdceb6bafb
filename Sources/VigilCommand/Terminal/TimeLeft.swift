import Foundation

/// How long work will go on, from how much of it is done and how long that took.
///
/// The pace is that of the later half of what was done: beginnings are slow (loading, cold caches), and machines become busy or free. What
/// happened before the first look does not count.
package struct TimeLeft {
  private typealias Look = (share: Double, at: ContinuousClock.Instant)

  /// The oldest first. Thinned, so that a million looks take no more than some hundred.
  private var looks: [Look] = []

  private static let most = 256

  /// Work that nobody has looked at yet.
  package init() {}

  /// Seconds left after `share`, 0...1, is done at `now`; nil at the first look and where nothing moved since. A share that falls begins
  /// other work.
  package mutating func observe(share: Double, at now: ContinuousClock.Instant) -> Double? {
    if let last = looks.last, share < last.share { looks = [] }
    looks.append((share, now))
    if looks.count > Self.most {
      // The first and every second one; the last is kept, because the count is odd.
      looks = looks.enumerated().filter { $0.offset.isMultiple(of: 2) }.map { $0.element }
    }
    let half = (looks[0].share + share) / 2
    guard let from = looks.last(where: { $0.share <= half }), share > from.share, now > from.at else { return nil }
    return (now - from.at) / .seconds(1) / (share - from.share) * max(0, 1 - share)
  }

  /// "about 4.2 s left", "about 2.5 min left", "about 12 min left", "about 3.5 h left".
  package static func words(_ seconds: Double) -> String {
    switch seconds {
    case ..<1: "less than 1 s left"
    case ..<9.95: String(format: "about %.1f s left", seconds)
    case ..<99.5: String(format: "about %.0f s left", seconds)
    case ..<597: String(format: "about %.1f min left", seconds / 60)
    case ..<5970: String(format: "about %.0f min left", seconds / 60)
    default: String(format: "about %.1f h left", seconds / 3600)
    }
  }
}
