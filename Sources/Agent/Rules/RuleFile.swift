internal import Digests
internal import Foundation
internal import Writers
internal import Yams

/// Reads `rule.yaml`. An unknown key, condition or value is an error that names file, line and what exists.
struct RuleFile {
  let file: URL

  static let keys = [
    "description", "match", "priority", "model", "configuration", "folds", "mirroring", "step-size", "outputs",
    "incomplete", "review", "orientation", "reference-labels", "anatomy", "channels", "wait", "identify", "executor",
  ]

  /// A rule file larger than this is not a rule file.
  static let largestFile = 1 << 20

  func read() throws(RuleError) -> Rule {
    let text = try contents()
    let entries = try Entries(root: compose(text), file: file, allowed: Self.keys)
    let folder = file.deletingLastPathComponent()
    let channels = try ChannelList(file: file, entries: entries).read()
    guard entries["match"] != nil || !channels.isEmpty else {
      throw RuleError(file: file, line: nil, message: "no `match`: a rule says which scans it takes")
    }
    guard let model = try entries.text("model") else {
      throw RuleError(file: file, line: nil, message: "no `model`: a rule names an nnU-Net trained-model folder")
    }
    return Rule(
      name: folder.lastPathComponent, file: file, digest: SHA256Digest(of: text),
      description: try entries.text("description") ?? "",
      conditions: try entries["match"].map { (match) throws(RuleError) in try ConditionList(file: file).read(match) }
        ?? [],
      channels: channels, wait: try entries.period("wait"), identify: try entries.flag("identify") ?? false,
      priority: try entries.integer("priority") ?? 0,
      model: try modelFolder(model, entries, in: folder), configuration: try entries.text("configuration"),
      folds: try folds(entries), mirroring: try entries.flag("mirroring") ?? true, stepSize: try stepSize(entries),
      outputs: try outputs(entries), incomplete: try choice("incomplete", entries, IncompletePolicy.self) ?? .hold,
      review: try choice("review", entries, ReviewPolicy.self) ?? .never,
      orientation: try orientation(entries), referenceLabels: try referenceLabels(entries),
      anatomy: try AnatomyList(entries: entries).read(), executor: try executor(entries))
  }

  private func contents() throws(RuleError) -> String {
    guard let data = try? Data(contentsOf: file) else {
      throw RuleError(file: file, line: nil, message: "the file cannot be read")
    }
    guard data.count <= Self.largestFile, let text = String(data: data, encoding: .utf8) else {
      throw RuleError(
        file: file, line: nil,
        message: "expected UTF-8 text of at most \(Self.largestFile) bytes, found \(data.count) bytes")
    }
    return text
  }

  private func compose(_ text: String) throws(RuleError) -> Node {
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw RuleError(file: file, line: nil, message: "the file is empty")
      }
      return node
    } catch let error as RuleError {
      throw error
    } catch {
      throw RuleError(file: file, line: nil, message: "not YAML: \(error)")
    }
  }

  private func modelFolder(_ text: String, _ entries: Entries, in folder: URL) throws(RuleError) -> URL {
    let model = URL(filePath: text, directoryHint: .isDirectory, relativeTo: folder).standardizedFileURL
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: model.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw entries.error("model", "there is no model folder \(model.path)")
    }
    return model
  }

  private func executor(_ entries: Entries) throws(RuleError) -> ExecutorSettings.Resources? {
    guard let node = entries["executor"] else { return nil }
    return try ExecutorSettings.Resources(
      Entries(root: node, file: file, allowed: ExecutorSettings.Resources.keys))
  }

  private func folds(_ entries: Entries) throws(RuleError) -> [Int]? {
    guard let node = entries["folds"] else { return nil }
    if node.string == "all" { return nil }
    let items = node.sequence.map { Array($0) } ?? [node]
    let folds = items.compactMap { $0.int }
    guard !folds.isEmpty, folds.count == items.count, folds.allSatisfy({ $0 >= 0 }), Set(folds).count == folds.count
    else {
      throw entries.error("folds", "expected `all` or a list of different fold numbers, for instance [0, 1]")
    }
    return folds
  }

  private func stepSize(_ entries: Entries) throws(RuleError) -> Double {
    guard let node = entries["step-size"] else { return 0.5 }
    guard let step = node.float, step > 0, step <= 1 else {
      throw entries.error(
        "step-size", "expected a fraction of the patch above 0 and at most 1, found \(node.string ?? "a list")")
    }
    return step
  }

  private func outputs(_ entries: Entries) throws(RuleError) -> [OutputFormat] {
    guard let node = entries["outputs"] else { return [.nifti] }
    var formats: [OutputFormat] = []
    for item in node.sequence.map({ Array($0) }) ?? [node] {
      guard let format = item.string.flatMap({ OutputFormat(rawValue: $0) }) else {
        throw entries.error(
          "outputs", "unknown output \(item.string ?? "(a list)"); outputs are \(Self.names(OutputFormat.self))")
      }
      if !formats.contains(format) { formats.append(format) }
    }
    return formats
  }

  private func orientation(_ entries: Entries) throws(RuleError) -> String? {
    guard let text = try entries.text("orientation") else { return nil }
    let axes = text.compactMap { letter in ["LR", "AP", "SI"].firstIndex { $0.contains(letter) } }
    guard text.count == 3, Set(axes).count == 3 else {
      throw entries.error("orientation", "expected three axis codes such as RAS, found \(text)")
    }
    return text
  }

  private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ entries: Entries, _ type: Choice.Type
  ) throws(RuleError) -> Choice? {
    guard let text = try entries.text(key) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw entries.error(key, "unknown value \(text); there are \(Self.names(type))")
    }
    return choice
  }

  private func referenceLabels(_ entries: Entries) throws(RuleError) -> [Int: [String]] {
    guard let node = entries["reference-labels"] else { return [:] }
    guard let mapping = node.mapping else {
      throw entries.error("reference-labels", "expected number: name, for instance {1: Anterior}")
    }
    var labels: [Int: [String]] = [:]
    for (key, value) in mapping {
      let names = value.sequence?.compactMap { $0.string } ?? value.string.map { [$0] } ?? []
      guard let number = key.int, (1...65535).contains(number), !names.isEmpty else {
        throw entries.error(
          "reference-labels",
          "expected a number from 1 to 65535 and a label's name or a list of names, found \(key.string ?? "?")")
      }
      labels[number] = names
    }
    return labels
  }

  static func names<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) -> String {
    type.allCases.map { $0.rawValue }.joined(separator: ", ")
  }
}
