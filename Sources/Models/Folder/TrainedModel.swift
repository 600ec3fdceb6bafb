public import Foundation
public import Networks
public import Preprocessing

/// A trained nnU-Net v2 model in memory: data set description, plan, one network for each fold. Immutable; scans share it.
public struct TrainedModel: Sendable {
  /// Where it was read from.
  public let folder: URL
  /// Channels and labels.
  public let dataset: DatasetDescription
  /// The plan.
  public let plans: Plans
  /// The configuration of the plan that the weights belong to.
  public let configuration: PlanConfiguration
  /// The network.
  public let architecture: UNetArchitecture
  /// What is averaged, in this order.
  public let folds: [Fold]
  /// nnU-Net's trainer class, from the first fold.
  public let trainer: String
  /// Axes of the patch that mirrored passes may use, from the first fold; empty: none.
  public let mirrorAxes: [Int]
  /// Axis codes that every image is brought to before anything else ("RAS"), where the plan's reader does so; else nil, and
  /// images must come in the axis order of the training data.
  public let orientation: String?
  /// The files that were read.
  public let digest: ModelDigest
  /// What a person should know: fewer than five folds, an early checkpoint, a plan that differs.
  public let warnings: [String]

  /// One fold.
  public struct Fold: Sendable {
    /// "0", "all".
    public let name: String
    /// Its checkpoint, relative to the model folder.
    public let path: String
    /// Epochs it was trained for, where the checkpoint says.
    public let epochs: Int?
    /// The network with this fold's weights.
    public let network: UNet
  }

  /// The networks of all folds.
  public var networks: [UNet] { folds.map { $0.network } }

  /// Number of learnt values of one fold.
  public var parameterCount: Int {
    architecture.parameters(inputChannels: networks[0].inputChannels, outputChannels: networks[0].outputChannels)
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// The way from scans to this model's input.
  public func preparation() throws(ModelError) -> Preparation {
    do throws(PreparationError) {
      return try Preparation(dataset: dataset, plans: plans, configuration: configuration)
    } catch { throw ModelError(.unsupported, folder, error.description) }
  }

  /// The way from this model's logits to labels.
  public var restoration: Restoration { Restoration(dataset: dataset, configuration: configuration) }

  /// Leads the networks over prepared scans. `stepSize` is in patches; `threads` nil means every core.
  public func predictor(
    mirroring: Bool = true, stepSize: Double = 0.5, threads: Int? = nil
  ) throws(ModelError) -> Predictor {
    do throws(NetworkError) {
      let window = try SlidingWindow(
        patchSize: configuration.patchSize, stepSize: stepSize, mirrorAxes: mirroring ? mirrorAxes : [])
      return try Predictor(networks: networks, window: window, threads: threads)
    } catch { throw ModelError(.request, folder, error.description) }
  }
}
