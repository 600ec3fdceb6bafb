public import Imaging
public import Networks
public import Preprocessing
import Tensors

/// The one path from scans to labels: prepare, predict, restore. Keep it; the networks stay loaded between scans.
public struct Segmenter: Sendable {
  /// How the networks are led over a scan.
  public struct Options: Sendable, Hashable {
    /// Average over mirrored passes, along the axes the model allows.
    public var mirroring = true
    /// Step of the sliding window, in patches.
    public var stepSize = 0.5
    /// Threads of every phase; nil: every core. The result does not depend on it.
    public var threads: Int?
    /// Axis codes of the training images, such as RAS; nil: those that the model's plan names, if it names any.
    public var orientation: AxisCodes?

    /// nnU-Net's defaults.
    public init(mirroring: Bool = true, stepSize: Double = 0.5, threads: Int? = nil, orientation: AxisCodes? = nil) {
      self.mirroring = mirroring
      self.stepSize = stepSize
      self.threads = threads
      self.orientation = orientation
    }
  }

  /// The model.
  public let model: TrainedModel
  /// As given.
  public let options: Options
  /// From scans to the networks' input.
  public let preparation: Preparation
  /// From there to logits.
  public let predictor: Predictor
  /// From logits to labels.
  public let restoration: Restoration

  /// Throws when the options do not suit the model.
  public init(_ model: TrainedModel, options: Options = Options()) throws(ModelError) {
    self.model = model
    self.options = options
    preparation = try model.preparation()
    predictor = try model.predictor(mirroring: options.mirroring, stepSize: options.stepSize, threads: options.threads)
    restoration = model.restoration
  }

  /// Segments one scan. Blocks for as long as it takes.
  ///
  /// - Parameters:
  ///   - channels: One volume a channel in the order of ``DatasetDescription/channelNames``, on one grid. Axes in the order of
  ///     the training data, unless the model or the options name axis codes: then they are brought to those, and the result back.
  ///   - previousStage: For a cascade's second stage, the first stage's segmentation on the same grid.
  ///   - wantsProbabilities: Also make the probabilities, which take 4 bytes for each head and voxel of the scan.
  ///   - progress: Called after each forward pass.
  ///   - isCancelled: Asked before each forward pass; true ends with an error of kind `cancelled`.
  public func segment(
    _ channels: [Volume], previousStage: LabelMap? = nil, wantsProbabilities: Bool = false,
    progress: ((PredictionProgress) -> Void)? = nil, isCancelled: (() -> Bool)? = nil
  ) throws(ModelError) -> SegmentedScan {
    var seconds = SegmentedScan.Seconds()
    guard let grid = channels.first?.geometry else { throw ModelError(.request, "", "no image was given") }
    let turn = AxisTurn(grid, to: options.orientation ?? model.orientation.flatMap { AxisCodes($0) })
    let prepared = try seconds.time(\.prepare) { () throws(ModelError) in
      try prepare(turn.forward(channels), previousStage: turn.forward(previousStage))
    }
    let logits = try seconds.time(\.predict) { () throws(ModelError) in
      try predict(prepared, progress: progress, isCancelled: isCancelled)
    }
    let restored = try seconds.time(\.restore) { () throws(ModelError) in
      try restore(logits, prepared.trace, wantsProbabilities: wantsProbabilities)
    }
    return SegmentedScan(
      segmentation: turn.back(restored.0), probabilities: turn.back(restored.1), trace: prepared.trace,
      facts: logits.facts, seconds: seconds)
  }

  private func prepare(_ channels: [Volume], previousStage: LabelMap?) throws(ModelError) -> PreparedScan {
    do throws(PreparationError) {
      return try preparation.prepare(
        channels, previousStage: previousStage, threads: options.threads ?? Threads.available)
    } catch { throw ModelError(.request, "", error.description) }
  }

  private func predict(
    _ scan: PreparedScan, progress: ((PredictionProgress) -> Void)?, isCancelled: (() -> Bool)?
  ) throws(ModelError) -> Logits {
    do throws(NetworkError) {
      return try predictor.predict(scan.tensor, progress: progress, isCancelled: isCancelled)
    } catch .cancelled {
      throw ModelError(.cancelled, "", NetworkError.cancelled.description)
    } catch { throw ModelError(.request, model.folder, error.description) }
  }

  private func restore(
    _ logits: Logits, _ trace: PreparationTrace, wantsProbabilities: Bool
  ) throws(ModelError) -> (Segmentation, Tensor?) {
    let threads = options.threads ?? Threads.available
    do throws(RestorationError) {
      let segmentation = try restoration.segmentation(from: logits.values, trace: trace, threads: threads)
      guard wantsProbabilities else { return (segmentation, nil) }
      return (segmentation, try restoration.probabilities(from: logits.values, trace: trace, threads: threads))
    } catch { throw ModelError(.request, "", error.description) }
  }
}
