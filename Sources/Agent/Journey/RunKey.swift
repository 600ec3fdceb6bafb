internal import Digests

/// What makes two runs the same: series, part, rule, model and input. One sealed run has a key; a journey that finds its key
/// sealed does nothing.
struct RunKey: Sendable, Hashable, CustomStringConvertible {
  /// 64 hexadecimal digits.
  let description: String

  /// A run that a rule took.
  init(series: String, part: Int, rule: String, ruleDigest: String, modelDigest: String, inputDigest: String) {
    description = Self.digest(["segmented", series, "\(part)", rule, ruleDigest, modelDigest, inputDigest])
  }

  /// A run that stopped early. With other rules, or another version of the software, it is tried again.
  init(series: String, part: Int, ending: JourneyError.Ending, rulesDigest: String, inputDigest: String) {
    description = Self.digest([ending.rawValue, series, "\(part)", rulesDigest, inputDigest, Version.software])
  }

  private static func digest(_ parts: [String]) -> String {
    SHA256Digest(of: parts.map { "\($0.utf8.count):\($0)" }.joined(separator: ",")).description
  }
}
