import Digests
import Preprocessing

/// Which cases each of five networks is trained on, and which it is validated with.
///
/// The names in byte order are shuffled by numpy's generator seeded with 12345 and cut into five blocks, the first ones longer where
/// they do not come out even: scikit-learn's `KFold(5, shuffle=True, random_state=12345)`, which nnU-Net v2 uses
/// (`utilities/crossval_split.py`).
public struct FiveFolds: Sendable, Equatable {
  /// One fold.
  public struct Fold: Sendable, Equatable {
    /// Cases to train on, in byte order.
    public let training: [String]
    /// Cases held back, in byte order.
    public let validation: [String]

    /// Of the names on both sides, 64 hexadecimal digits: a training that goes on with another split would learn from cases held back.
    public var sha256: String {
      let sides = [training, validation].map { $0.map { "\($0.utf8.count):\($0)" }.joined(separator: ",") }
      return "\(SHA256Digest(of: sides.joined(separator: ";")))"
    }
  }

  /// Number of folds.
  public static let count = 5
  private static let seed: UInt32 = 12345

  /// The folds.
  public let folds: [Fold]

  /// Splits `cases`. With `groups` (case to patient) whole groups are shuffled and cut instead, so that no patient is on both sides.
  public init(cases: [String], groups: [String: String]? = nil) throws(TrainingError) {
    let names = Set(cases).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    if let groups, let missing = names.first(where: { groups[$0] == nil }) {
      throw TrainingError("the file of groups has no line for case \(missing)")
    }
    let group = { (name: String) in groups?[name] ?? name }
    let units = Set(names.map(group)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard units.count >= Self.count else {
      throw TrainingError("five folds need at least five \(groups == nil ? "cases" : "groups"), found \(units.count)")
    }
    folds = Self.blocks(units.count).map { block in
      let held = Set(block.map { units[$0] })
      return Fold(
        training: names.filter { !held.contains(group($0)) }, validation: names.filter { held.contains(group($0)) })
    }
  }

  /// The shuffled indices in five blocks.
  private static func blocks(_ count: Int) -> [[Int]] {
    var order = Array(0..<count)
    var random = MersenneTwister(seed: seed)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, Int(random.upTo(UInt32(last)))) }
    var start = 0
    return (0..<Self.count).map { fold in
      let length = count / Self.count + (fold < count % Self.count ? 1 : 0)
      defer { start += length }
      return Array(order[start..<start + length])
    }
  }
}
