/// When a model's label agrees with a mask's: when they are the same, or the mask's number stands for several labels together and the
/// model's is one of them.
struct Agreement: Sendable {
  private let members: [UInt16: Set<UInt16>]

  /// What the labels of a page stand for.
  init(_ names: [ReportContent.Label]) {
    members = Dictionary(
      names.filter { !$0.members.isEmpty }.map { ($0.value, Set($0.members)) }, uniquingKeysWith: { $0.union($1) })
  }

  /// Whether the model's `found` agrees with the mask's `wanted`.
  func holds(_ found: UInt16, _ wanted: UInt16) -> Bool {
    found == wanted || members[wanted]?.contains(found) == true
  }
}
