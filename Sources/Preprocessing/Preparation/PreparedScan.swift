public import Tensors

/// A scan as a network takes it. Only ``Preparation`` makes one.
public struct PreparedScan: Sendable, Equatable {
  /// `[C, D, H, W]` in transposed axes: the normalised images, then a cascade's one-hot channels.
  public let tensor: Tensor
  /// What was done, and the way back.
  public let trace: PreparationTrace
  /// The label image given along, `[D, H, W]` like the tensor, -1 where it was 0 outside the nonzero region; nil without one.
  public let labels: [Int16]?
}
