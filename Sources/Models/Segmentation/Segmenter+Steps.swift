public import Imaging
public import Networks
public import Preprocessing
import Tensors

/// The same way in three steps, for who times and records them one by one.
extension Segmenter {
  /// Asked before each model is run, with what it would run on; false ends with an error of kind `cancelled`, for instance
  /// because the memory does not suffice.
  public typealias Admission = (Predictor, PreparedScan) -> Bool

  /// Brings a scan to what the first model takes. Parameters as in ``segment(_:previousStage:wantsProbabilities:progress:isCancelled:)``.
  public func prepare(_ channels: [Volume], previousStage: LabelMap? = nil) throws(ModelError) -> SegmenterInput {
    guard let grid = channels.first?.geometry else { throw ModelError(.request, "", "no image was given") }
    let codes = options.orientation ?? ensemble.members[0].model.orientation.flatMap { AxisCodes($0) }
    let turn = AxisTurn(grid, to: codes)
    let (turned, previous) = (turn.forward(channels), turn.forward(previousStage))
    var seconds = SegmentedScan.Seconds()
    let first = members[0][0]
    let prepared = try seconds.time(\.prepare) { () throws(ModelError) in
      try first.prepare(turned, previousStage: previous)
    }
    // A single model needs the scan itself no more.
    return SegmenterInput(
      prepared: prepared, orientation: codes, turn: turn, grid: turned[0].geometry,
      channels: ensemble.models.count > 1 ? turned : [], previousStage: previous, seconds: seconds)
  }

  /// Runs every model: of a cascade both stages, of an ensemble every member, whose logits are kept at the network's resolution.
  public func infer(
    _ input: SegmenterInput, admits: Admission? = nil, progress: ((SegmenterProgress) -> Void)? = nil,
    isCancelled: (() -> Bool)? = nil
  ) throws(ModelError) -> SegmenterOutput {
    var run = SegmenterRun(
      input, models: members.flatMap { $0 }, admits: admits, progress: progress, isCancelled: isCancelled)
    var said: [EnsembleMember] = []
    for stages in members {
      let (logits, trace) = try run.logits(of: stages)
      said.append(
        EnsembleMember(configuration: stages[stages.count - 1].model.configuration, logits: logits, trace: trace))
    }
    return SegmenterOutput(
      runs: run.done, turn: input.turn, grid: input.grid, said: said, votes: run.votes, seconds: run.seconds)
  }

  /// Decides on labels, on the scan's own grid, and applies the ensemble's postprocessing.
  public func restore(
    _ output: SegmenterOutput, wantsProbabilities: Bool = false
  ) throws(ModelError) -> SegmentedScan {
    var seconds = output.seconds
    var mean: ProbabilityMean?
    let result = try seconds.time(\.restore) { () throws(ModelError) in
      if wantsProbabilities || !output.agree { mean = try self.mean(output.said) }
      if members.count == 1 {
        return try members[0][members[0].count - 1].segmentation(output.said[0].logits, output.said[0].trace)
      }
      if let mean { return mean.segmentation(on: output.grid, ensemble.dataset) }
      return try segmentation(output.said)
    }
    let (cleaned, removals) = seconds.time(\.restore) { postprocessed(result) }
    return SegmentedScan(
      segmentation: output.turn.back(cleaned), probabilities: wantsProbabilities ? output.turn.back(mean?.mean) : nil,
      removals: removals, runs: output.runs, seconds: seconds)
  }

  /// Row by row: no array of probabilities is made.
  private func segmentation(_ said: [EnsembleMember]) throws(ModelError) -> Segmentation {
    do throws(RestorationError) {
      return try Restoration.segmentation(
        ofEnsemble: said, dataset: ensemble.dataset, threads: options.threads ?? Threads.available)
    } catch { throw ModelError(.request, ensemble.folder, error.description) }
  }

  private func mean(_ said: [EnsembleMember]) throws(ModelError) -> ProbabilityMean? {
    var mean: ProbabilityMean?
    for (stages, member) in zip(members, said) {
      mean = ProbabilityMean(try stages[stages.count - 1].probabilities(member.logits, member.trace), and: mean)
    }
    return mean
  }

  private func postprocessed(_ segmentation: Segmentation) -> (Segmentation, [Postprocessing.Removal]) {
    guard let postprocessing = ensemble.postprocessing else { return (segmentation, []) }
    let result = postprocessing.applied(to: segmentation, dataset: ensemble.dataset)
    return (result.segmentation, result.removals)
  }
}

/// A scan as the first model takes it, with what the others will need of it.
public struct SegmenterInput: Sendable {
  /// For the first model that runs.
  public let prepared: PreparedScan
  /// Axis codes that the scan was brought to; nil: as stored.
  public let orientation: AxisCodes?
  let turn: AxisTurn
  /// The scan's grid as the models see it.
  let grid: Geometry
  /// For the models after the first; empty where there is none.
  let channels: [Volume]
  let previousStage: LabelMap?
  let seconds: SegmentedScan.Seconds
}

/// What the networks have said of a scan.
public struct SegmenterOutput: Sendable {
  /// Every model that was run, in order.
  public let runs: [SegmentedScan.Run]
  /// Axis codes with which the models saw the scan.
  public var axisCodes: AxisCodes { grid.axisCodes }
  let turn: AxisTurn
  /// The scan's grid as the models see it.
  let grid: Geometry
  /// The logits of every member's last stage, at the network's resolution.
  let said: [EnsembleMember]
  /// Whether the members prepared the scan with one box and one order of axes, so that rows of theirs can be averaged.
  var agree: Bool {
    said.allSatisfy { member in
      member.trace.cropBox == said[0].trace.cropBox && member.trace.transposeForward == said[0].trace.transposeForward
    }
  }
  /// What the networks said one by one, a member each; empty unless ``Segmenter/Options/tallies``.
  public let votes: [MemberVotes]
  let seconds: SegmentedScan.Seconds
}
