internal import Foundation
internal import Yams

/// The keys and values of one YAML mapping, every key among those allowed.
struct Entries {
  private let file: URL
  private var nodes: [String: (key: Node, value: Node)] = [:]

  init(root: Node, file: URL, allowed: [String]) throws(RuleError) {
    self.file = file
    guard let mapping = root.mapping else {
      throw RuleError(
        file: file, line: root.mark?.line,
        message: "expected keys and values; the keys are \(allowed.joined(separator: ", "))")
    }
    for (key, value) in mapping {
      guard let name = key.string, allowed.contains(name) else {
        throw RuleError(
          file: file, line: key.mark?.line,
          message: "unknown key \(key.string ?? "?"); the keys are \(allowed.joined(separator: ", "))")
      }
      guard nodes.updateValue((key, value), forKey: name) == nil else {
        throw RuleError(file: file, line: key.mark?.line, message: "the key \(name) is given twice")
      }
    }
  }

  subscript(key: String) -> Node? { nodes[key]?.value }

  func error(_ key: String, _ message: String) -> RuleError {
    RuleError(file: file, line: nodes[key]?.key.mark?.line, message: "\(key): \(message)")
  }

  func text(_ key: String) throws(RuleError) -> String? {
    guard let node = self[key] else { return nil }
    guard let text = node.string, !text.isEmpty else { throw error(key, "expected a text") }
    return text
  }

  func integer(_ key: String) throws(RuleError) -> Int? {
    guard let node = self[key] else { return nil }
    guard let number = node.int else { throw error(key, "expected a whole number, found \(node.string ?? "a list")") }
    return number
  }

  func flag(_ key: String) throws(RuleError) -> Bool? {
    guard let node = self[key] else { return nil }
    guard let flag = node.bool else { throw error(key, "expected true or false, found \(node.string ?? "a list")") }
    return flag
  }

  func period(_ key: String) throws(RuleError) -> Duration? {
    guard let node = self[key] else { return nil }
    guard let period = node.string.flatMap({ Duration(period: $0) }) else {
      throw error(key, "expected a time such as 30s, 10m or 2h, found \(node.string ?? "a list")")
    }
    return period
  }
}
