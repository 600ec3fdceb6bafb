import Networks
import Preprocessing
import Tensors

extension Checkpoint {
  /// The network of `architecture` with this checkpoint's weights. Names and shapes are compared before any weight is read.
  func network(
    _ architecture: UNetArchitecture, _ dataset: DatasetDescription, _ configuration: PlanConfiguration
  ) throws(ModelError) -> UNet {
    let inputs = dataset.numberOfInputChannels(hasPreviousStage: configuration.previousStage != nil)
    let parameters = architecture.parameters(inputChannels: inputs, outputChannels: dataset.numberOfHeads)
    try compare(parameters)
    var weights: [String: Tensor] = [:]
    for parameter in parameters {
      do throws(CheckpointError) {
        weights[parameter.name] = try tensor(parameter.name)
      } catch { throw ModelError(error) }
    }
    // What a second stage reads one-hot is to be nnU-Net's to the voxel: one that falls to the other side of a tie changes a hundred of its.
    let largestTile = configuration.nextStages.isEmpty ? 4 : 2
    do throws(NetworkError) {
      return try UNet(
        architecture: architecture, inputChannels: inputs, outputChannels: dataset.numberOfHeads, weights: weights,
        largestTile: largestTile)
    } catch { throw ModelError(.weights, file, error.description) }
  }

  private func compare(_ parameters: [Parameter]) throws(ModelError) {
    let expected = Set(parameters.map { $0.name })
    let unexpected = shapes.keys.filter { !expected.contains($0) }.sorted()
    if unexpected.contains(where: { $0.hasSuffix(".running_mean") }) {
      throw ModelError(
        .unsupported, file, "the network normalises over the batch (running_mean); only instance normalisation is run")
    }
    let missing = parameters.map { $0.name }.filter { shapes[$0] == nil }
    let misshapen = parameters.compactMap { parameter in
      shapes[parameter.name].flatMap {
        $0 == parameter.shape ? nil : "\(parameter.name) \($0) instead of \(parameter.shape)"
      }
    }
    let differences = [("missing", missing), ("not in the plan", unexpected), ("of another shape", misshapen)]
      .filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0): \(Self.some(of: $0.1))" }
    guard differences.isEmpty else {
      throw ModelError(
        .weights, file, "the tensors are not those of the plan's network; \(differences.joined(separator: "; "))")
    }
  }

  private static func some(of names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }
}
