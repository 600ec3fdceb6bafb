internal import DICOM
internal import Foundation
internal import Yams

/// Reads a rule's `match`, or what a channel asks beside it.
struct ConditionList {
  let file: URL
  /// The key that the list stands under.
  var place = "match"

  func read(_ node: Node) throws(RuleError) -> [Condition] {
    guard let mapping = node.mapping, !mapping.isEmpty else {
      throw RuleError(
        file: file, line: node.mark?.line,
        message: "\(place): expected at least one condition, for instance Modality: MR")
    }
    var conditions: [Condition] = []
    for (key, value) in mapping {
      guard let name = key.string else { throw error(key, "a condition has a name") }
      conditions.append(try condition(name, key, value))
    }
    return conditions
  }

  private func condition(_ name: String, _ key: Node, _ value: Node) throws(RuleError) -> Condition {
    switch name {
    case "slices": return .slices(try number(value, key))
    case "rows": return .rows(try number(value, key))
    case "columns": return .columns(try number(value, key))
    case "spacing": return .spacing(try number(value, key))
    case "not": return .not(try ConditionList(file: file, place: "not").read(value))
    case "inbox": return .inbox(any: try matchers(value, key))
    case "orientation":
      let words = try texts(value, key)
      let known = ["axial", "sagittal", "coronal", "oblique"]
      if let unknown = words.first(where: { !known.contains($0) }) {
        throw error(key, "orientation: unknown word \(unknown); there are \(known.joined(separator: ", "))")
      }
      return .orientation(any: words)
    default:
      guard DICOMDictionary.tag(of: name) != nil else {
        throw error(
          key,
          "unknown condition \(name): neither a DICOM keyword nor one of \(Condition.words.joined(separator: ", "))")
      }
      if let objection = DICOMAttributes.objection(to: name) {
        throw error(key, "\(name) is withheld from rules and could never hold: \(objection)")
      }
      return .attribute(keyword: name, any: try matchers(value, key))
    }
  }

  private func texts(_ node: Node, _ key: Node) throws(RuleError) -> [String] {
    let items = node.sequence.map { Array($0) } ?? [node]
    let texts = items.compactMap { $0.scalar?.string }
    guard !texts.isEmpty, texts.count == items.count else {
      throw error(key, "\(key.string ?? ""): expected a text, a /regular expression/ or a list of either")
    }
    return texts
  }

  private func matchers(_ node: Node, _ key: Node) throws(RuleError) -> [TextMatcher] {
    var matchers: [TextMatcher] = []
    for text in try texts(node, key) {
      switch TextMatcher.parse(text) {
      case .success(let matcher): matchers.append(matcher)
      case .failure(let complaint): throw error(key, "\(key.string ?? ""): \(complaint.sentence)")
      }
    }
    return matchers
  }

  private func number(_ node: Node, _ key: Node) throws(RuleError) -> NumberTest {
    guard let text = node.scalar?.string, let test = NumberTest(text) else {
      throw error(key, "\(key.string ?? ""): expected a test such as \">= 16\", \"< 5\", \"16\" or \"16..64\"")
    }
    return test
  }

  private func error(_ key: Node, _ message: String) -> RuleError {
    RuleError(file: file, line: key.mark?.line, message: message)
  }
}
