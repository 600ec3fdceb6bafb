public import Imaging
public import Networks
public import Preprocessing

/// The one path from scans to labels: prepare, predict, restore, for every configuration of an ensemble and both stages of a
/// cascade. Keep it; the networks stay loaded between scans.
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
    /// Whether what each network says by itself is counted, for ``SegmenterOutput/votes``.
    public var tallies = false

    /// nnU-Net's defaults.
    public init(mirroring: Bool = true, stepSize: Double = 0.5, threads: Int? = nil, orientation: AxisCodes? = nil) {
      self.mirroring = mirroring
      self.stepSize = stepSize
      self.threads = threads
      self.orientation = orientation
    }
  }

  /// What is run.
  public let ensemble: ModelEnsemble
  /// As given.
  public let options: Options
  /// For each member, its stages in order.
  let members: [[SegmenterStage]]

  /// Throws when the options do not suit a model.
  public init(_ ensemble: ModelEnsemble, options: Options = Options()) throws(ModelError) {
    self.ensemble = ensemble
    self.options = options
    var members: [[SegmenterStage]] = []
    for member in ensemble.members {
      var stages: [SegmenterStage] = []
      for model in member.stages { stages.append(try SegmenterStage(model, options)) }
      members.append(stages)
    }
    self.members = members
  }

  /// A single model.
  public init(_ model: TrainedModel, options: Options = Options()) throws(ModelError) {
    try self.init(ModelEnsemble(model), options: options)
  }

  /// Segments one scan. Blocks for as long as it takes.
  ///
  /// - Parameters:
  ///   - channels: One volume a channel in the order of `DatasetDescription.channelNames`, on one grid. Axes in the order of the
  ///     training data, unless the model or the options name axis codes: then they are brought to those, and the result back.
  ///   - previousStage: The first stage's segmentation on the same grid, for a cascade's second stage that is run by itself.
  ///   - wantsProbabilities: Also give the probabilities, which take 4 bytes for each head and voxel of the scan.
  ///   - progress: Called after each forward pass.
  ///   - isCancelled: Asked for each forward pass, before it counts; true ends with an error of kind `cancelled`.
  public func segment(
    _ channels: consuming [Volume], previousStage: LabelMap? = nil, wantsProbabilities: Bool = false,
    progress: ((SegmenterProgress) -> Void)? = nil, isCancelled: (() -> Bool)? = nil
  ) throws(ModelError) -> SegmentedScan {
    let input = try prepare(channels, previousStage: previousStage)
    _ = consume channels
    let output = try infer(input, progress: progress, isCancelled: isCancelled)
    return try restore(output, wantsProbabilities: wantsProbabilities)
  }
}

extension Segmenter {
  /// From scans to the input of the first member's last stage.
  public var preparation: Preparation { counted.preparation }
  /// From there to logits.
  public var predictor: Predictor { counted.predictor }
  /// From logits to labels.
  public var restoration: Restoration { counted.restoration }

  private var counted: SegmenterStage { members[0][members[0].count - 1] }
}

/// How far a segmentation is.
public struct SegmenterProgress: Sendable, Equatable {
  /// Which of the ensemble's models is running, from 1.
  public let run: Int
  /// Models in all.
  public let runs: Int
  /// Forward passes of this model done.
  public let done: Int
  /// Forward passes of this model in all.
  public let total: Int
  /// How much of the work of all networks is done, 0...1, in time as their work foretells it.
  public let share: Double
}
