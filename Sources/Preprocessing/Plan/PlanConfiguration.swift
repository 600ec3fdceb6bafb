public import Foundation

/// One configuration of a plan (`2d`, `3d_fullres`, `3d_lowres`, ...) with everything it inherits resolved.
///
/// Axes are nnU-Net's transposed ones, slowest first: `[D, H, W]` after `transpose_forward`; a 2D configuration has `[H, W]`.
public struct PlanConfiguration: Sendable, Equatable {
  /// Its name in `plans.json`.
  public let name: String
  /// Patch of the network, voxels.
  public let patchSize: [Int]
  /// Spacing that images are brought to, mm; two entries for a 2D configuration, whose axis 0 keeps the case's own.
  public let spacing: [Double]
  /// One scheme a channel.
  public let normalizationSchemes: [NormalizationScheme]
  /// For each channel, whether its statistics are taken inside the nonzero mask only.
  public let useMaskForNorm: [Bool]
  /// How images are resampled.
  public let imageResampling: ResamplingRecipe
  /// How label images are resampled.
  public let labelResampling: ResamplingRecipe
  /// How logits are resampled on the way back.
  public let logitResampling: ResamplingRecipe
  /// The configuration whose segmentation is a further input; nil but for a cascade's second stage.
  public let previousStage: String?
  /// The configurations that take this one's segmentation as input.
  public let nextStages: [String]
  /// Training's batch size; nil where the plan does not say.
  public let batchSize: Int?
  /// Whether training's Dice loss is taken over the batch; nil where the plan does not say.
  public let batchDice: Bool?
  /// Name of the folder of preprocessed training data; nil where the plan does not say.
  public let dataIdentifier: String?
  /// Median shape of the training cases at `spacing`, voxels (may be halves); empty where the plan does not say.
  public let medianImageSize: [Double]
  /// The object `architecture` (`network_class_name`, `arch_kwargs`, `_kw_requires_import`) as JSON text. Plans of nnU-Net
  /// 2.0 to 2.2 keep it in the configuration itself under other names; it is then rewritten into the newer form.
  public let architecture: Data
  /// True when ``architecture`` was rewritten from the older form.
  public let architectureIsRewritten: Bool

  /// 2 or 3: the number of axes the network slides over.
  public var dimensions: Int { patchSize.count }
}
