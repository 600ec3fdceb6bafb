public import Networks
import Preprocessing

/// What the networks of one configuration said of a scan, one by one, before they were averaged.
public struct MemberVotes: Sendable, Equatable {
  /// The configuration.
  public let configuration: String
  /// The folds' names, in the order of ``tallies``.
  public let folds: [String]
  /// One a fold, at the network's resolution.
  public let tallies: [FoldTally]
  /// The label that each value of a tally stands for; 0 for the background.
  public let labels: [Int]
}

extension DatasetDescription {
  /// The label of each value that a tally counts: the classes, or none and then what each region writes.
  var tallyLabels: [Int] {
    guard hasRegions, let regionsClassOrder else { return Array(0..<numberOfHeads) }
    return [0] + regionsClassOrder
  }
}
