internal import DICOM
internal import Preprocessing
internal import Yams

/// Reads a rule's `anatomy`: for a label's name a code `[scheme, value, meaning]`, or `type` and `category` as two such codes.
struct AnatomyList {
  let entries: Entries

  func read() throws(RuleError) -> [String: AnatomyCode] {
    guard let node = entries["anatomy"] else { return [:] }
    guard let mapping = node.mapping else { throw malformed("a list") }
    var codes: [String: AnatomyCode] = [:]
    for (key, value) in mapping {
      guard let name = key.string, !name.isEmpty else { throw malformed("a label without a name") }
      codes[name] = try code(value, name)
    }
    return codes
  }

  private func code(_ node: Node, _ name: String) throws(RuleError) -> AnatomyCode {
    guard let mapping = node.mapping else {
      return AnatomyCode(type: try concept(node, name), category: .anatomicalStructure)
    }
    let parts = Dictionary(mapping.map { ($0.key.string ?? "?", $0.value) }, uniquingKeysWith: { first, _ in first })
    guard Set(parts.keys).isSubset(of: ["type", "category"]), let type = parts["type"] else {
      throw malformed("\(name) with \(parts.keys.sorted().joined(separator: ", "))")
    }
    return AnatomyCode(
      type: try concept(type, name),
      category: try parts["category"].map { (node) throws(RuleError) in try concept(node, name) }
        ?? .anatomicalStructure)
  }

  /// DICOM's limits: a code of 16 characters, a designator of 16, a meaning of 64 (SH and LO, PS3.5 6.2).
  private func concept(_ node: Node, _ name: String) throws(RuleError) -> CodedConcept {
    let texts = node.sequence?.compactMap { $0.scalar?.string } ?? []
    guard texts.count == 3, texts.allSatisfy({ !$0.isEmpty && !$0.contains("\\") }), texts[0].count <= 16,
      texts[1].count <= 16, texts[2].count <= 64
    else { throw malformed(name) }
    return CodedConcept(value: texts[1], scheme: texts[0], meaning: texts[2])
  }

  private func malformed(_ what: String) -> RuleError {
    entries.error(
      "anatomy",
      "expected label: [scheme, value, meaning], for instance Anterior: [SCT, 5366008, Hippocampus], "
        + "or label: {type: [...], category: [...]}; found \(what)")
  }
}

/// A rule codes a label that its model does not have.
struct UnknownAnatomy: Error, CustomStringConvertible {
  let name: String
  let known: [String]
  var description: String {
    "anatomy names \(name), which the model does not have; its labels are \(known.joined(separator: ", "))"
  }
}

extension Rule {
  /// Throws when a coded label is none of the model's.
  func checkAnatomy(against dataset: DatasetDescription) throws(UnknownAnatomy) {
    let known = dataset.writtenLabels.map { dataset.name(of: $0) }
    if let unknown = anatomy.keys.sorted().first(where: { !known.contains($0) }) {
      throw UnknownAnatomy(name: unknown, known: known)
    }
  }
}
