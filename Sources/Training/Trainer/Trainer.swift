public import Foundation
import Models
import Networks
public import Preprocessing
import Tensors

/// Trains one fold of one configuration, and leaves in `folder`: `checkpoint_latest.safetensors` after every epoch,
/// `checkpoint_best.safetensors`, `log.jsonl`, and at the end `checkpoint_final.safetensors`, which is what inference reads.
///
/// Source: nnU-Net v2 `training/nnUNetTrainer/nnUNetTrainer.py` (recipe v2); the first paper for the other.
public struct Trainer {
  private let dataset: DatasetDescription
  private let configuration: PlanConfiguration
  private let fold: Int
  private var settings: TrainingSettings
  private let pretrained: PretrainedWeights?
  private let storesHalfPrecision: Bool
  private let folder: URL
  private let threads: Int?

  /// Name of the checkpoint that every epoch leaves.
  public static let latestName = "checkpoint_latest.safetensors"
  /// Name of the checkpoint with the best averaged Dice so far.
  public static let bestName = "checkpoint_best.safetensors"
  /// Name of the finished network.
  public static let finalName = "checkpoint_final.safetensors"
  /// Name of the log, a line of JSON an epoch.
  public static let logName = "log.jsonl"

  /// Of a cascade's second stage, the cases of the set must bring what the first stage says of them
  /// (``TrainingSet/joined(with:)``). The first weights are `pretrained`'s, or random. `storesHalfPrecision`: those of the finished
  /// network are rounded to half precision, which halves its file. Throws for settings that train nothing.
  public init(
    dataset: DatasetDescription, configuration: PlanConfiguration, fold: Int, settings: TrainingSettings,
    pretrained: PretrainedWeights? = nil, storesHalfPrecision: Bool = false, folder: URL, threads: Int? = nil
  ) throws(TrainingError) {
    guard settings.epochs > 0, settings.iterations > 0, settings.validationIterations > 0 else {
      throw TrainingError("epochs and iterations must be above 0")
    }
    self.dataset = dataset
    self.configuration = configuration
    self.fold = fold
    self.settings = settings
    self.settings.pretrainedSHA256 = pretrained?.sha256
    self.pretrained = pretrained
    self.storesHalfPrecision = storesHalfPrecision
    self.folder = folder
    self.threads = threads
  }

  /// Trains on the cases of `split`. With `resumes`, from `checkpoint_latest` on: the weights come out the same to the bit as without
  /// the interruption. `told` is called after each epoch, when its checkpoint is on disk; false stops there. `isCancelled` is asked before
  /// each iteration; true ends the run with an error that ``TrainingError/isStop``.
  public func run(
    _ set: TrainingSet, split: FiveFolds.Fold, resumes: Bool = false, isCancelled: () -> Bool = { false },
    told: (EpochRecord) throws -> Bool = { _ in true }
  ) throws(TrainingError) {
    var bound = self
    bound.settings.splitSHA256 = split.sha256
    try bound.train(set, split, resumes, isCancelled, told)
  }

  private func train(
    _ set: TrainingSet, _ split: FiveFolds.Fold, _ resumes: Bool, _ isCancelled: () -> Bool,
    _ told: (EpochRecord) throws -> Bool
  ) throws(TrainingError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let network = try makeNetwork()
      let latest = folder.appending(path: Self.latestName)
      let exists = FileManager.default.fileExists(atPath: latest.path)
      guard resumes || !exists else {
        throw TrainingError("\(folder.path) holds a training run already; --resume goes on with it")
      }
      var state =
        resumes && exists
        ? try TrainingState(reading: latest, into: network, settings: settings) : TrainingState(settings)
      var log = try TrainingLog(folder.appending(path: Self.logName), epochs: state.progress.epoch)
      let batches = try batchSource(set, split)
      while state.progress.epoch < settings.epochs, state.progress.plateau?.isOver != true {
        let record = try epoch(network, &state, batches, isCancelled)
        try log.append(record)
        try save(network, state, isBest: record.averagedDice == state.progress.bestDice)
        guard try told(record) else { return }
      }
      try finish(network, epoch: state.progress.epoch)
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
  }
}

extension Trainer {
  /// `[D, H, W]`; D = 1 in 2D.
  private var patch: [Int] { configuration.dimensions == 2 ? [1] + configuration.patchSize : configuration.patchSize }

  /// Writes the finished network, unless it is there already.
  private func finish(_ network: TrainableUNet, epoch: Int) throws {
    var weights = network.weights()
    if storesHalfPrecision { weights = try weights.mapValues { try halved($0) } }
    let file = folder.appending(path: Self.finalName)
    let (found, metadata) = (try? SafetensorsFile(file), facts(epoch: epoch).metadata)
    if found?.metadata == metadata, weights.allSatisfy({ (try? found?.elements(of: $0)) == $1.elements }) { return }
    try forgetValidation()
    try SafetensorsFile.write(weights, metadata: metadata, to: file)
  }

  private func halved(_ tensor: Tensor) throws(TrainingError) -> Tensor {
    let rounded = tensor.roundedToHalf
    guard rounded.elements.allSatisfy({ $0.isFinite }) else {
      throw TrainingError(
        "a weight is too large for half precision, which ends at 65504; train without --half-precision")
    }
    return rounded
  }

  /// Removes the segmentations that an earlier network made of the cases held back.
  private func forgetValidation() throws {
    let made = folder.appending(path: FoldValidation.folderName)
    guard FileManager.default.fileExists(atPath: made.path) else { return }
    try FileManager.default.removeItem(at: made)
  }

  private func makeNetwork() throws -> TrainableUNet {
    let architecture = try UNetArchitecture(json: configuration.architecture)
    let inputs = dataset.numberOfInputChannels(hasPreviousStage: configuration.previousStage != nil)
    let outputs = dataset.numberOfHeads
    let weights =
      try pretrained?.tensors
      ?? TrainableUNet.initialWeights(
        architecture: architecture, inputChannels: inputs, outputChannels: outputs, seed: settings.seed &+ UInt64(fold))
    return try TrainableUNet(
      architecture: architecture, inputChannels: inputs, outputChannels: outputs, weights: weights,
      deepSupervision: settings.recipe == .v2, threads: threads)
  }

  private func batchSource(_ set: TrainingSet, _ split: FiveFolds.Fold) throws(TrainingError) -> BatchSource {
    guard let batchSize = configuration.batchSize, batchSize > 0 else {
      throw TrainingError("\(configuration.name): the plan has no batch_size")
    }
    let augmentation = Augmentation(
      recipe: settings.recipe, scope: settings.augmentation ?? .all, patchSize: patch,
      mirrorAxes: configuration.dimensions == 2 ? [1, 2] : [0, 1, 2],
      maskChannels: configuration.useMaskForNorm.indices.filter { configuration.useMaskForNorm[$0] },
      cascade: configuration.previousStage.map { _ in
        CascadeAugmentation(labels: dataset.foregroundLabels, recipe: settings.recipe)
      })
    let (training, validation) = (try cases(split.training, set), try cases(split.validation, set))
    return BatchSource(
      training: PatchSampler(cases: training, sampleSize: augmentation.sampleSize, patchSize: patch),
      validation: PatchSampler(cases: validation, sampleSize: patch, patchSize: patch), augmentation: augmentation,
      batchSize: batchSize, seed: settings.seed &+ UInt64(fold))
  }

  private func cases(_ names: [String], _ set: TrainingSet) throws(TrainingError) -> [TrainingCase] {
    let found = names.compactMap { set.cases[$0] }
    guard found.count == names.count, !found.isEmpty else {
      throw TrainingError("expected \(names.count) prepared cases, found \(found.count)")
    }
    if let stage = configuration.previousStage, let bare = found.first(where: { $0.previousStage == nil }) {
      throw TrainingError("\(configuration.name): case \(bare.name) comes without what \(stage) says of it")
    }
    return found
  }

  private func epoch(
    _ network: TrainableUNet, _ state: inout TrainingState, _ batches: BatchSource, _ isCancelled: () -> Bool
  ) throws -> EpochRecord {
    let start = ContinuousClock.now
    let number = state.progress.epoch
    let rate = state.progress.plateau?.rate ?? PolynomialDecay(epochs: settings.epochs).rate(epoch: number)
    let loss = DiceAndCrossEntropy(
      classes: dataset.numberOfHeads, batchDice: configuration.batchDice ?? false, ignoreLabel: dataset.ignoreLabel,
      regions: dataset.hasRegions ? dataset.regions.map { $0.values } : nil, threads: threads)
    let deep = DeepSupervision(levels: network.levels)
    var trained = 0.0
    var optimiser = state.optimiser
    try preparedAhead(settings.iterations, make: { batches.trainingBatch(epoch: number, iteration: $0) }) {
      iteration, batch in
      guard !isCancelled() else { throw TrainingError(stoppedAfter: number) }
      let logits = try network.forward(batch.patches.map { $0.image })
      let (value, dlogits) = deep.evaluate(loss, logits: logits, targets: batch.patches.map { $0.labels })
      network.backward(dlogits)
      let norm = optimiser.step(network, rate: rate)
      guard value.value.isFinite, norm.isFinite else {
        throw TrainingError(
          "the loss is \(value.value) and the gradient's norm \(norm) in iteration \(iteration) of epoch \(number), cases \(batch.cases.joined(separator: ", ")); look at those cases; if they are sound, begin again with another --seed or a larger batch_size in plans.json"
        )
      }
      trained += value.value / Double(settings.iterations)
    }
    state.optimiser = optimiser
    let (validated, overlap) = try validate(network, batches, loss, number, isCancelled)
    return finish(&state, rate, trained, validated, overlap, (ContinuousClock.now - start) / .seconds(1))
  }

  private func validate(
    _ network: TrainableUNet, _ batches: BatchSource, _ loss: DiceAndCrossEntropy, _ number: Int,
    _ isCancelled: () -> Bool
  ) throws -> (loss: Double, overlap: [OverlapCount]) {
    var (total, overlap) = (0.0, [OverlapCount](repeating: OverlapCount(), count: dataset.numberOfHeads))
    try preparedAhead(
      settings.validationIterations, make: { batches.validationBatch(epoch: number, iteration: $0) }
    ) { _, batch in
      guard !isCancelled() else { throw TrainingError(stoppedAfter: number) }
      let logits = try network.logits(batch.patches.map { $0.image })
      let found = loss.evaluate(logits: logits, targets: batch.patches.map { $0.labels })
      total += found.value / Double(settings.validationIterations)
      for head in overlap.indices { overlap[head] = overlap[head] + found.overlap[head] }
    }
    return (total, overlap)
  }

  private func finish(
    _ state: inout TrainingState, _ rate: Double, _ trained: Double, _ validated: Double, _ overlap: [OverlapCount],
    _ seconds: Double
  ) -> EpochRecord {
    let dice = overlap.dropFirst(dataset.hasRegions ? 0 : 1).map { $0.dice }
    let defined = dice.filter { !$0.isNaN }
    let mean = defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
    if let mean {
      let averaged = state.progress.averagedDice.map { Self.averageKept * $0 + (1 - Self.averageKept) * mean } ?? mean
      state.progress.averagedDice = averaged
      state.progress.bestDice = max(averaged, state.progress.bestDice ?? averaged)
    }
    state.progress.plateau?.observe(trainingLoss: trained, validationLoss: validated)
    defer { state.progress.epoch += 1 }
    return EpochRecord(
      epoch: state.progress.epoch, trainingLoss: trained, validationLoss: validated,
      dice: dice.map { $0.isNaN ? nil : $0 }, meanDice: mean, averagedDice: state.progress.averagedDice,
      learningRate: rate, seconds: seconds)
  }

  /// Share of the old in the moving average of Dice (nnU-Net v2 `nnUNetLogger`).
  private static let averageKept = 0.9

  private func save(_ network: TrainableUNet, _ state: TrainingState, isBest: Bool) throws {
    let facts = facts(epoch: state.progress.epoch)
    // The best comes first: the latest one holds its Dice, and a run that goes on from there would never write it.
    if isBest, state.progress.bestDice != nil {
      try SafetensorsFile.write(network.weights(), metadata: facts.metadata, to: folder.appending(path: Self.bestName))
    }
    try state.write(network, facts: facts, to: folder.appending(path: Self.latestName))
  }

  private func facts(epoch: Int) -> CheckpointFacts {
    CheckpointFacts(
      trainer: settings.trainerName, configuration: configuration.name, fold: "\(fold)",
      mirrorAxes: Array(0..<configuration.dimensions), epoch: epoch)
  }
}
