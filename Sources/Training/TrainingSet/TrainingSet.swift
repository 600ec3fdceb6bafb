import Foundation
public import Preprocessing
import Tensors

/// The preprocessed cases of a data set, in memory.
public struct TrainingSet: Sendable {
  /// By name.
  public let cases: [String: TrainingCase]

  /// Of these cases.
  public init(_ cases: [TrainingCase]) {
    self.cases = Dictionary(cases.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Reads and prepares the cases called `names` on every core. `progress` is called with the number done, from any thread. What they
  /// need in all is bounded by `budget` bytes, checked while they are made: nothing is cached on disk yet.
  public init(
    _ dataset: DatasetFolder, names: [String], plans: Plans, configuration: PlanConfiguration,
    budget: Int = TrainingSet.memoryBudget, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(TrainingError) {
    let wanted = Set(names)
    let items = dataset.cases.filter { wanted.contains($0.name) }
    guard items.count == wanted.count else {
      let missing = wanted.subtracting(items.map { $0.name }).sorted()
      throw TrainingError("the data set has no case \(missing.joined(separator: ", "))")
    }
    let (targets, annotated) = (dataset.description.sampledTargets, dataset.description.annotatedValues)
    let meter = TrainingSetMeter(budget: budget)
    do {
      let preparation = try Preparation(
        dataset: dataset.description, plans: plans, configuration: configuration, joinsPreviousStage: false)
      let results = Threads.map(items.count, threads: Threads.available) { index in
        Swift.Result { () -> TrainingCase in
          let (channels, labels) = try dataset.load(items[index])
          let scan = try preparation.prepare(channels, labels: labels, threads: 1)
          let shape = Array(scan.tensor.shape[1...])
          let made = TrainingCase(
            name: items[index].name, image: scan.tensor, labels: LabelPatch(shape: shape, values: scan.labels ?? []),
            targets: targets, annotated: annotated)
          progress(try meter.add(4 * scan.tensor.elements.count + 2 * made.labels.count))
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
