extension Duration {
  /// Reads a time as people write it: `10s`, `500ms`, `2m` or `2min`, `1h`; a number alone is seconds. nil where it is none.
  public init?(period text: String) {
    let units: [(String, Double)] = [("ms", 0.001), ("min", 60), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
    guard let (unit, scale) = units.first(where: { text.hasSuffix($0.0) }),
      let number = Double(text.dropLast(unit.count)), number >= 0, number <= Self.longestHours * 3600 / scale
    else { return nil }
    self = .milliseconds(Int64(number * scale * 1000))
  }

  /// A hundred years: nobody waits longer, and no sum of it and a clock overflows.
  private static let longestHours = 876_600.0

  /// For people: `10 min`, `90 s`.
  var words: String {
    let seconds = inSeconds
    if seconds >= 3600, seconds.truncatingRemainder(dividingBy: 3600) == 0 { return "\(Int(seconds / 3600)) h" }
    if seconds >= 60, seconds.truncatingRemainder(dividingBy: 60) == 0 { return "\(Int(seconds / 60)) min" }
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\((seconds * 10).rounded() / 10) s"
  }
}
