internal import Foundation
internal import Yams

/// Reads a rule's `channels`: for each channel of the model, in its order, what its series must be.
struct ChannelList {
  let file: URL
  let entries: Entries

  /// More channels than a model has; a list longer than this is a mistake.
  static let most = 64

  func read() throws(RuleError) -> [RuleChannel] {
    guard let node = entries["channels"] else { return [] }
    guard let mapping = node.mapping, (1...Self.most).contains(mapping.count) else {
      throw entries.error(
        "channels",
        "expected the model's channels in order, each with its conditions: FLAIR: {SeriesDescription: /flair/i}"
      )
    }
    var channels: [RuleChannel] = []
    for (key, value) in mapping {
      guard let name = key.string, !name.isEmpty, name.count <= Self.longestName else {
        throw error(key, "a channel has a name of at most \(Self.longestName) characters")
      }
      guard !channels.contains(where: { $0.name == name }) else {
        throw error(key, "the channel \(name) is given twice")
      }
      let conditions = try ConditionList(file: file, place: "channel \(name)").read(value)
      channels.append(RuleChannel(name: name, conditions: conditions, line: key.mark?.line))
    }
    return channels
  }

  private static let longestName = 64

  private func error(_ key: Node, _ message: String) -> RuleError {
    RuleError(file: file, line: key.mark?.line, message: "channels: \(message)")
  }
}
