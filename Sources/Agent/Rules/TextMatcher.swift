/// A text, which must be equal, or a regular expression written `/pattern/flags`, which must be found.
package enum TextMatcher: Sendable, Hashable, CustomStringConvertible {
  /// The whole value, without leading and trailing spaces, is equal to this.
  case text(String)
  /// The pattern is found somewhere in the value.
  case expression(pattern: String, ignoresCase: Bool)

  /// Reads `text` as rule files write it; an error sentence when a regular expression is broken.
  package static func parse(_ text: String) -> Result<TextMatcher, Complaint> {
    guard text.count >= 2, text.hasPrefix("/"), let end = text.dropFirst().lastIndex(of: "/") else {
      return .success(.text(text))
    }
    let pattern = String(text[text.index(after: text.startIndex)..<end])
    let flags = text[text.index(after: end)...]
    guard flags.allSatisfy({ $0 == "i" }) else {
      return .failure(Complaint("regular expression \(text) has flags \"\(flags)\"; the only flag is i (ignore case)"))
    }
    do {
      _ = try Regex(pattern)
    } catch {
      return .failure(Complaint("regular expression \(text) does not compile: \(error)"))
    }
    return .success(.expression(pattern: pattern, ignoresCase: !flags.isEmpty))
  }

  package func holds(for value: String) -> Bool {
    switch self {
    case .text(let text):
      return value == text
    case .expression(let pattern, let ignoresCase):
      // `Regex` is not Sendable, so a matcher keeps the pattern, which `parse` has compiled once.
      guard let expression = try? Regex(pattern) else { return false }
      return value.contains(ignoresCase ? expression.ignoresCase() : expression)
    }
  }

  /// As written in a rule file.
  package var description: String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .expression(let pattern, let ignoresCase): "/\(pattern)/\(ignoresCase ? "i" : "")"
    }
  }

  /// Why a value in a rule file cannot be read.
  package struct Complaint: Error {
    package let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
  }
}
