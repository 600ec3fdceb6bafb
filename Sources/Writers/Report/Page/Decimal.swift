import Foundation

/// Numbers as the page prints them: a point, no grouping, the same in every locale.
enum Decimal {
  /// `value` with `places` digits after the point; `-` for what is not a number.
  static func text(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return "-" }
    return String(format: "%.\(places)f", value)
  }

  /// A volume, ml: two places, three below 0.1 ml.
  static func millilitres(_ value: Double) -> String { text(value, places: abs(value) < 0.1 ? 3 : 2) }

  /// A duration, seconds: `850 ms`, `12.3 s`, `4 min 05 s`, `1 h 02 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
    switch seconds {
    case ..<0.9995: return "\(Int((seconds * 1000).rounded())) ms"
    case ..<99.95: return "\(text(seconds, places: 1)) s"
    case ..<5999.5:
      let whole = Int(seconds.rounded())
      return String(format: "%d min %02d s", whole / 60, whole % 60)
    default:
      let minutes = Int((seconds / 60).rounded())
      return String(format: "%d h %02d min", minutes / 60, minutes % 60)
    }
  }

  /// A whole number with thin groups of three (`1 234 567`).
  static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[max(0, $0 - 3)..<$0]) }
    return (value < 0 ? "-" : "") + groups.reversed().joined(separator: "\u{202F}")
  }
}
