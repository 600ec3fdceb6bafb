import Foundation
public import Preprocessing
import Tensors

/// The preprocessed cases of a data set, in memory or in a cache on disk.
public struct TrainingSet: Sendable {
  /// By name.
  public let cases: [String: TrainingCase]

  /// Of these cases.
  public init(_ cases: [TrainingCase]) {
    self.cases = Dictionary(cases.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Reads and prepares the cases called `names` on every core. `progress` is called with the number done, from any thread. With `cache`
  /// they stay on disk, and those that are there are not prepared again; without, they are held in memory, in all at most `budget` bytes,
  /// checked while they are made. Training sees the same numbers either way. `threads`: cases that are prepared at a time. `isCancelled` is
  /// asked before each case, from any thread; true ends it with an error that ``TrainingError/isStop``.
  public init(
    _ dataset: DatasetFolder, names: [String], plans: Plans, configuration: PlanConfiguration,
    cache: PreparedCache? = nil, budget: Int = TrainingSet.memoryBudget, threads: Int? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(TrainingError) {
    let wanted = Set(names)
    let items = dataset.cases.filter { wanted.contains($0.name) }
    guard items.count == wanted.count else {
      let missing = wanted.subtracting(items.map { $0.name }).sorted()
      throw TrainingError("the data set has no case \(missing.joined(separator: ", "))")
    }
    let (targets, annotated) = (dataset.description.sampledTargets, dataset.description.annotatedValues)
    let meter = TrainingSetMeter(budget: budget)
    let orientation = plans.imageReader.flatMap { ImageReader(rawValue: $0) }?.orientation
    do {
      let preparation = try Preparation(
        dataset: dataset.description, plans: plans, configuration: configuration, joinsPreviousStage: false)
      let make = { (item: DatasetFolder.Case) throws -> TrainingCase in
        let (channels, labels) = try dataset.load(item, orientation: orientation)
        let scan = try preparation.prepare(channels, labels: labels, threads: 1)
        let shape = Array(scan.tensor.shape[1...])
        return TrainingCase(
          name: item.name, image: scan.tensor, labels: LabelPatch(shape: shape, values: scan.labels ?? []),
          targets: targets, annotated: annotated)
      }
      try cache?.open()
      let results = Threads.map(items.count, threads: threads ?? Threads.available) { index in
        Swift.Result { () -> TrainingCase in
          guard !isCancelled() else { throw TrainingError(stoppedWhile: "the cases were prepared") }
          let item = items[index]
          let made = try cache.map { try $0.item(item) { try make(item) } } ?? make(item)
          let voxels = made.shape.reduce(1, *)
          progress(try meter.add(cache == nil ? (4 * made.channels + 2) * voxels : 0))
          return made
        }
      }
      self.init(try results.map { try $0.get() })
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
  }

  /// Half of the machine's memory.
  public static var memoryBudget: Int { Int(ProcessInfo.processInfo.physicalMemory / 2) }
}

extension DatasetDescription {
  /// The label values of everything that a patch may be centred on: each region, or each foreground label.
  var sampledTargets: [[Int]] { hasRegions ? regions.map { $0.values } : foregroundLabels.map { [$0] } }

  /// The values in prepared labels of everything that somebody annotated (nnU-Net's `annotated_classes_key`); nil where that is all.
  var annotatedValues: [Int]? { ignoreLabel == nil ? nil : [-1] + allLabels }
}
