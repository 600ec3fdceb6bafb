public import Tensors

/// What a network is trained on: a piece of a preprocessed case, with its labels.
public struct TrainingPatch: Sendable, Equatable {
  /// `[C, D, H, W]`, 0 outside the image. In a cascade, augmentation appends a channel for each label of the previous stage.
  public var image: Tensor
  /// Of the same `[D, H, W]`.
  public var labels: LabelPatch
  /// What the previous stage of a cascade said here; nil in any other network.
  public var previousStage: LabelPatch?

  /// All of the same `[D, H, W]`.
  public init(image: Tensor, labels: LabelPatch, previousStage: LabelPatch? = nil) {
    precondition(
      image.shape.count == 4 && Array(image.shape[1...]) == labels.shape
        && (previousStage.map { $0.shape == labels.shape } ?? true),
      "image [C, D, H, W] and labels [D, H, W] cover the same voxels")
    self.image = image
    self.labels = labels
    self.previousStage = previousStage
  }

  /// Channels of the image.
  public var channels: Int { image.shape[0] }
  /// `[D, H, W]`.
  public var extent: [Int] { labels.shape }
}
