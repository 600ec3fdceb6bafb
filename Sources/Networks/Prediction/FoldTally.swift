/// What one network of an ensemble said of a volume before the networks were averaged, in counts.
///
/// Each voxel is judged by the window in whose middle it lies most nearly, not by the mean of all windows over it: so nothing
/// larger than a window has to be kept.
public struct FoldTally: Sendable, Equatable {
  /// How heads compete.
  public enum Competition: Sendable, Equatable {
    /// Soft-max: the largest wins; head 0 is the background.
    case classes
    /// Sigmoids: of those above one half the last wins; value 0 is none, value n is head n - 1.
    case regions
  }

  /// The voxels that one value won.
  public struct Value: Sendable, Equatable {
    /// With all mirrored passes averaged.
    public internal(set) var voxels = 0
    /// With the first pass, which mirrors nothing, alone.
    public internal(set) var firstPassVoxels = 0
    /// With both.
    public internal(set) var sharedVoxels = 0
    /// Sum over ``voxels`` of the entropy of the probabilities, as a share of the largest possible (ln K; ln 2 for a region).
    public internal(set) var entropy = 0.0

    /// Dice between the first pass and the mean of all; nil where neither has voxels.
    public var mirrorDice: Double? {
      let sum = voxels + firstPassVoxels
      return sum == 0 ? nil : 2 * Double(sharedVoxels) / Double(sum)
    }
    /// Mean entropy, 0...1; nil where it won nowhere.
    public var meanEntropy: Double? { voxels == 0 ? nil : entropy / Double(voxels) }
  }

  /// Which value won where.
  public let winners: WinnerRuns
  /// By value.
  public let values: [Value]
  /// Mirrored passes that were averaged, the first included.
  public let passes: Int
}
