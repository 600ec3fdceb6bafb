import Imaging
import Networks
import Preprocessing
import Tensors

/// One scan on its way through the members of an ensemble.
struct SegmenterRun {
  let channels: [Volume]
  let previousStage: LabelMap?
  /// Every model, in the order in which they run.
  let models: [SegmenterStage]
  let admits: Segmenter.Admission?
  let progress: ((SegmenterProgress) -> Void)?
  let isCancelled: (() -> Bool)?
  /// What the very first model takes, prepared before.
  private var first: PreparedScan?
  var seconds: SegmentedScan.Seconds
  var done: [SegmentedScan.Run] = []
  /// Of every model that ran.
  private var tallies: [[FoldTally]] = []
  /// Of the last stage of each member, where they are counted.
  var votes: [MemberVotes] = []

  init(
    _ input: SegmenterInput, models: [SegmenterStage], admits: Segmenter.Admission?,
    progress: ((SegmenterProgress) -> Void)?,
    isCancelled: (() -> Bool)?
  ) {
    channels = input.channels
    previousStage = input.previousStage
    first = input.prepared
    seconds = input.seconds
    self.models = models
    self.admits = admits
    self.progress = progress
    self.isCancelled = isCancelled
  }

  /// The logits of the last stage. Between stages the segmentation goes over the scan's own grid, as in nnU-Net, where it is
  /// written to a file and read back.
  mutating func logits(of stages: [SegmenterStage]) throws(ModelError) -> (Tensor, PreparationTrace) {
    var previous = previousStage
    for stage in stages.dropLast() {
      let (logits, trace) = try logits(of: stage, previous)
      previous = try seconds.time(\.restore) { () throws(ModelError) in try stage.segmentation(logits, trace).labels }
    }
    let last = stages[stages.count - 1]
    let result = try logits(of: last, previous)
    if let tally = tallies.last, !tally.isEmpty {
      votes.append(
        MemberVotes(
          configuration: last.model.configuration.name, folds: last.model.folds.map { $0.name }, tallies: tally,
          labels: last.model.dataset.tallyLabels))
    }
    return result
  }

  private mutating func logits(
    of stage: SegmenterStage, _ previous: LabelMap?
  ) throws(ModelError) -> (Tensor, PreparationTrace) {
    let (channels, isCancelled, progress) = (channels, isCancelled, progress)
    let (run, runs) = (done.count + 1, models.count)
    let prepared: PreparedScan
    if let first {
      prepared = first
      self.first = nil
    } else {
      prepared = try seconds.time(\.prepare) { () throws(ModelError) in
        try stage.prepare(channels, previousStage: previous)
      }
    }
    let shares = shares(prepared.trace)
    guard admits?(stage.predictor, prepared) ?? true else {
      throw ModelError(.cancelled, stage.model.folder, "the caller does not want this model to run")
    }
    let logits = try seconds.time(\.predict) { () throws(ModelError) in
      try stage.predict(
        prepared,
        progress: {
          let share = shares.before + shares.own * Double($0.done) / Double($0.total)
          progress?(SegmenterProgress(run: run, runs: runs, done: $0.done, total: $0.total, share: share))
        },
        isCancelled: isCancelled)
    }
    done.append(
      SegmentedScan.Run(
        configuration: stage.model.configuration.name, trace: prepared.trace, facts: logits.facts))
    tallies.append(logits.tallies)
    return (logits.values, prepared.trace)
  }

  /// How much of the work of all models is done, and how much is the next one's. The others' shapes are estimated from one's trace.
  private func shares(_ trace: PreparationTrace) -> (before: Double, own: Double) {
    let work = models.map { stage in
      stage.predictor.work(onShape: stage.model.configuration.preparedShape(of: trace))
    }
    let all = work.reduce(0, +)
    guard all > 0, done.count < work.count else { return (0, 1) }
    return (work[..<done.count].reduce(0, +) / all, work[done.count] / all)
  }
}
