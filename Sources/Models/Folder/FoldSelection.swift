/// Which folds of a model are averaged.
public enum FoldSelection: Sendable, Hashable, CustomStringConvertible {
  /// Every numbered fold that has the checkpoint; `fold_all` where there is no other. nnU-Net's "auto-detect".
  case all
  /// These, in this order, by the part of their folder's name behind `fold_`: "0", "3", "all".
  case these([String])

  /// "all", or names separated by commas: "0,1". A single "fold_all" means the fold trained on all cases. Nil for anything else.
  public init?(_ text: String) {
    if text == "all" {
      self = .all
      return
    }
    let names = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("fold_") ? String($0.dropFirst(5)) : String($0) }
    let isValid = names.allSatisfy { $0 == "all" || (Int($0) ?? -1) >= 0 && $0.allSatisfy { ("0"..."9").contains($0) } }
    guard isValid, Set(names).count == names.count else { return nil }
    self = .these(names)
  }

  /// As ``init(_:)`` reads it.
  public var description: String {
    switch self {
    case .all: "all"
    case .these(let names): names == ["all"] ? "fold_all" : names.joined(separator: ",")
    }
  }
}
