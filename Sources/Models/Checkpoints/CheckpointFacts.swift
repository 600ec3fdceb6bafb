package import Preprocessing

/// What a checkpoint says of the training it came from.
package struct CheckpointFacts: Sendable, Equatable {
  /// nnU-Net's trainer class.
  package var trainer: String?
  /// The configuration of the plan.
  package var configuration: String?
  /// The fold, "0" or "all".
  package var fold: String?
  /// Axes that inference may mirror; nil where the file says none or says nothing.
  package var mirrorAxes: [Int]?
  /// Epochs trained.
  package var epoch: Int?
  /// The plan that the network was trained with, where the file holds it.
  package var plans: JSONValue?

  init(
    trainer: String? = nil, configuration: String? = nil, fold: String? = nil, mirrorAxes: [Int]? = nil,
    epoch: Int? = nil, plans: JSONValue? = nil
  ) {
    (self.trainer, self.configuration, self.fold) = (trainer, configuration, fold)
    (self.mirrorAxes, self.epoch, self.plans) = (mirrorAxes, epoch, plans)
  }
}

extension CheckpointFacts {
  /// Of a training run of ours.
  package init(trainer: String, configuration: String, fold: String, mirrorAxes: [Int], epoch: Int) {
    self.init(
      trainer: trainer, configuration: configuration, fold: fold, mirrorAxes: mirrorAxes, epoch: epoch, plans: nil)
  }

  /// From the dictionary that nnU-Net v2 saves (keys `trainer_name`, `init_args`, ...).
  init(_ document: PickleDocument) {
    let root = document.dictionary(document.root)
    let arguments = document.dictionary(root?["init_args"])
    trainer = root?["trainer_name"]?.text
    configuration = arguments?["configuration"]?.text
    fold = arguments?["fold"].flatMap { $0.text ?? $0.integer.map { String($0) } }
    let axes = document.items(root?["inference_allowed_mirroring_axes"])
    mirrorAxes = axes.map { axes in axes.compactMap { $0.integer } }
    epoch = root?["current_epoch"]?.integer
    plans = arguments?["plans"].flatMap { document.json($0) }
  }
}

extension CheckpointFacts {
  /// As the text metadata of a safetensors file.
  package var metadata: [String: String] {
    var metadata = ["format": Self.format]
    metadata["trainer_name"] = trainer
    metadata["configuration"] = configuration
    metadata["fold"] = fold
    metadata["current_epoch"] = epoch.map { String($0) }
    metadata["inference_allowed_mirroring_axes"] = mirrorAxes.map { axes in
      axes.map { String($0) }.joined(separator: ",")
    }
    return metadata
  }

  /// From the metadata that ``metadata`` writes; nil when they are of another sort.
  package init?(metadata: [String: String]) {
    guard metadata["format"] == Self.format else { return nil }
    trainer = metadata["trainer_name"]
    configuration = metadata["configuration"]
    fold = metadata["fold"]
    epoch = metadata["current_epoch"].flatMap { Int($0) }
    let axes = metadata["inference_allowed_mirroring_axes"]
    mirrorAxes = axes.map { text in text.split(separator: ",").compactMap { Int($0) } }
  }

  private static let format = "nnU-Net v2 weights"
}

extension PickleValue {
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var integer: Int? { if case .int(let value) = self { value } else { nil } }
}
