/// A test of a number: `">= 16"`, `"< 5"`, `"16"`, or a range with both ends included, `"16..64"`.
package enum NumberTest: Sendable, Hashable, CustomStringConvertible {
  case atLeast(Double)
  case above(Double)
  case atMost(Double)
  case below(Double)
  case equal(Double)
  case within(Double, Double)

  /// Reads `text` as rule files write it; nil when it is none of the forms.
  package init?(_ text: String) {
    let text = text.filter { $0 != " " }
    if let dots = text.firstRange(of: "..") {
      guard let low = Double(text[..<dots.lowerBound]), let high = Double(text[dots.upperBound...]), low <= high else {
        return nil
      }
      self = .within(low, high)
      return
    }
    let forms: [(String, (Double) -> NumberTest)] = [
      (">=", NumberTest.atLeast), ("<=", NumberTest.atMost), (">", NumberTest.above), ("<", NumberTest.below),
      ("=", NumberTest.equal), ("", NumberTest.equal),
    ]
    for (sign, make) in forms where text.hasPrefix(sign) {
      guard let number = Double(text.dropFirst(sign.count)), number.isFinite else { return nil }
      self = make(number)
      return
    }
    return nil
  }

  package func holds(for number: Double) -> Bool {
    switch self {
    case .atLeast(let bound): number >= bound
    case .above(let bound): number > bound
    case .atMost(let bound): number <= bound
    case .below(let bound): number < bound
    case .equal(let bound): number == bound
    case .within(let low, let high): number >= low && number <= high
    }
  }

  /// As written in a rule file.
  package var description: String {
    switch self {
    case .atLeast(let bound): ">= \(Self.text(bound))"
    case .above(let bound): "> \(Self.text(bound))"
    case .atMost(let bound): "<= \(Self.text(bound))"
    case .below(let bound): "< \(Self.text(bound))"
    case .equal(let bound): Self.text(bound)
    case .within(let low, let high): "\(Self.text(low))..\(Self.text(high))"
    }
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }
}
