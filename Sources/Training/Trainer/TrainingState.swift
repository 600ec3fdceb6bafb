import Foundation
import Models
import Networks
import Tensors

/// All that changes while a network is trained, which is what a checkpoint keeps.
struct TrainingState {
  /// What is not an array of numbers.
  struct Progress: Codable, Equatable {
    /// Epochs done.
    var epoch = 0
    var averagedDice: Double?
    var bestDice: Double?
    var plateau: PlateauSchedule?
    var optimiserSteps = 0
    var settings: TrainingSettings
  }

  var optimiser: Optimiser
  var progress: Progress

  private static let prefix = "optimiser."
  private static let key = "vigil.progress"

  /// Before the first epoch.
  init(_ settings: TrainingSettings) {
    optimiser = settings.recipe == .v2 ? .sgd(SGD()) : .adam(Adam())
    progress = Progress(settings: settings)
    if settings.recipe == .paper { progress.plateau = PlateauSchedule() }
  }

  /// Writes weights and state: under another name, synchronised, then renamed.
  func write(_ network: TrainableUNet, facts: CheckpointFacts, to file: URL) throws {
    var tensors = network.weights()
    let state = optimiser.state
    for (name, values) in state.arrays {
      tensors[Self.prefix + name] = Tensor(shape: [values.count], elements: values)
    }
    var progress = progress
    progress.optimiserSteps = state.steps
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var metadata = facts.metadata
    metadata[Self.key] = String(decoding: try encoder.encode(progress), as: UTF8.self)
    try SafetensorsFile.write(tensors, metadata: metadata, to: file)
  }

  /// Goes on from a checkpoint: its weights become `network`'s. Only the number of epochs may differ from what it was begun with.
  init(reading file: URL, into network: TrainableUNet, settings: TrainingSettings) throws {
    self.init(settings)
    let stored = try SafetensorsFile(file)
    var found = try Self.progress(stored, file, settings: settings)
    for slice in network.parameters {
      guard stored.shapes[slice.name] == slice.shape else {
        throw TrainingError(
          "\(file.path): \(slice.name): expected \(slice.shape), found \(stored.shapes[slice.name] ?? [])")
      }
      network.values.replaceSubrange(slice.range, with: try stored.elements(of: slice.name))
    }
    var arrays: [String: [Float]] = [:]
    for name in optimiser.state.arrays.keys where stored.shapes[Self.prefix + name] != nil {
      arrays[name] = try stored.elements(of: Self.prefix + name)
    }
    try optimiser.restore(
      OptimiserState(arrays: arrays, steps: found.optimiserSteps), parameters: network.values.count)
    found.settings = settings
    progress = found
  }

  /// What a checkpoint says of its run. Throws where that was begun with other settings.
  static func progress(_ stored: SafetensorsFile, _ file: URL, settings: TrainingSettings) throws -> Progress {
    guard let text = stored.metadata[Self.key] else {
      throw TrainingError("\(file.path) holds weights but no state of training; --resume needs checkpoint_latest")
    }
    let found = try JSONDecoder().decode(Progress.self, from: Data(text.utf8))
    var begun = found.settings
    begun.epochs = settings.epochs
    begun.splitSHA256 = begun.splitSHA256 ?? settings.splitSHA256
    guard begun.splitSHA256 == settings.splitSHA256 else {
      throw TrainingError(
        "\(file.path) was begun with another split into training and held-back cases; give the same --groups and the same cases as then, or other --results to begin again"
      )
    }
    guard begun == settings else {
      throw TrainingError("\(file.path) was begun with other settings: \(found.settings); now \(settings)")
    }
    return found
  }
}
