public import Models
import Networks

/// How far the networks agree on one label: quantities that a fold's networks have for a scan that they never saw, and that all folds
/// have for any other, so that what is learnt from the first holds for the second.
public struct LabelSignals: Sendable, Equatable, Codable {
  /// Mean over networks of the Dice between the pass that mirrors nothing and the mean of all passes; nil without mirroring, or
  /// where no network found the label.
  public var mirrorDice: Double?
  /// Mean over folds of the Dice between the configurations of one fold; nil with one configuration.
  public var configurationDice: Double?
  /// Mean over networks of the entropy where they found the label, 0...1.
  public var entropy: Double?
  /// Mean Dice between each two folds of a configuration; nil with one fold. Out of reach for a scan of the training set, which all
  /// folds but one have seen: reported, not calibrated.
  public var foldDice: Double?

  /// Signals that were measured elsewhere.
  package init(mirrorDice: Double?, configurationDice: Double?, entropy: Double?, foldDice: Double?) {
    self.mirrorDice = mirrorDice
    self.configurationDice = configurationDice
    self.entropy = entropy
    self.foldDice = foldDice
  }

  /// What the networks said of `label`.
  public init(label: Int, votes: [MemberVotes]) {
    let values = votes.flatMap { member in
      member.tallies.flatMap { tally in Self.places(of: label, member).map { (tally.passes, tally.values[$0]) } }
    }
    mirrorDice = Self.mean(values.compactMap { passes, value in passes > 1 ? value.mirrorDice : nil })
    entropy = Self.mean(values.compactMap { $0.1.meanEntropy })
    foldDice = Self.mean(votes.flatMap { Self.foldDice($0, label) })
    configurationDice = Self.mean(Self.configurationDice(votes, label))
  }

  /// The values of a tally that write the label.
  private static func places(of label: Int, _ member: MemberVotes) -> [Int] {
    member.labels.indices.filter { $0 > 0 && member.labels[$0] == label }
  }

  private static func foldDice(_ member: MemberVotes, _ label: Int) -> [Double] {
    let tallies = member.tallies
    return tallies.indices.flatMap { first in
      tallies.indices.filter { $0 > first }.flatMap { second -> [Double] in
        let dice = tallies[first].winners.dice(with: tallies[second].winners, count: member.labels.count)
        return places(of: label, member).compactMap { dice[$0 - 1] }
      }
    }
  }

  /// Each two configurations' Dice on the same fold, on the grid of the first (nearest neighbour where the second has another).
  private static func configurationDice(_ votes: [MemberVotes], _ label: Int) -> [Double] {
    votes.indices.flatMap { first in
      votes.indices.filter { $0 > first }.flatMap { second -> [Double] in
        votes[first].folds.compactMap { fold in
          guard let a = votes[first].winners(ofFold: fold), let b = votes[second].winners(ofFold: fold) else {
            return nil
          }
          return a.dice(of: label, votes[first].labels, with: b, votes[second].labels)
        }
      }
    }
  }

  static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

extension MemberVotes {
  fileprivate func winners(ofFold fold: String) -> WinnerRuns? {
    folds.firstIndex(of: fold).flatMap { tallies.indices.contains($0) ? tallies[$0].winners : nil }
  }
}

extension WinnerRuns {
  /// Dice of one label between two networks that may see the scan at different resolutions; both cover the same block.
  fileprivate func dice(
    of label: Int, _ labels: [Int], with other: WinnerRuns, _ otherLabels: [Int]
  ) -> Double? {
    if shape == other.shape, labels == otherLabels, let value = labels.lastIndex(of: label), value > 0 {
      return dice(with: other, count: labels.count)[value - 1]
    }
    let (mine, theirs) = (expanded, other.expanded)
    let places = zip(shape, other.shape).map { count, wanted -> [Int] in
      (0..<count).map { place in min(wanted - 1, (2 * place + 1) * wanted / (2 * count)) }
    }
    var (size, shared, index) = (0, 0, 0)
    for z in places[0] {
      for y in places[1] {
        let row = (z * other.shape[1] + y) * other.shape[2]
        for x in places[2] {
          let a = labels[Int(mine[index])] == label
          let b = otherLabels[Int(theirs[row + x])] == label
          size += (a ? 1 : 0) + (b ? 1 : 0)
          shared += a && b ? 1 : 0
          index += 1
        }
      }
    }
    return size == 0 ? nil : 2 * Double(shared) / Double(size)
  }
}
