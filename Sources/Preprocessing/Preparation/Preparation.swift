public import Imaging
import Tensors

/// Brings a scan into the form a network was trained on: transpose, crop to nonzero, normalise, resample, in that order.
///
/// Source: nnU-Net v2 `preprocessing/preprocessors/default_preprocessor.py`.
public struct Preparation: Sendable {
  /// The channels and labels.
  public let dataset: DatasetDescription
  /// Spacing, schemes and resampling.
  public let configuration: PlanConfiguration
  /// Most elements a prepared tensor may have.
  public let elementBudget: Int
  /// The configuration whose segmentation becomes further channels; nil where there is none, or where the images alone are wanted.
  let previousStage: String?
  let order: AxisOrder
  private let normalizations: [any Normalization]

  /// Checks that the plan has what every channel needs. `joinsPreviousStage`: false prepares the images alone, also for a cascade's
  /// second stage; training appends the one-hot channels patch by patch.
  public init(
    dataset: DatasetDescription, plans: Plans, configuration: PlanConfiguration, elementBudget: Int = 1 << 30,
    joinsPreviousStage: Bool = true
  ) throws(PreparationError) {
    let names = dataset.channelNames
    guard configuration.normalizationSchemes.count == names.count else {
      throw .plan(
        "plans.json has \(configuration.normalizationSchemes.count) normalisation schemes, dataset.json \(names.count) channels"
      )
    }
    var normalizations: [any Normalization] = []
    for (index, scheme) in configuration.normalizationSchemes.enumerated() {
      let properties = plans.intensityProperties.indices.contains(index) ? plans.intensityProperties[index] : nil
      do throws(NormalizationError) {
        normalizations.append(
          try scheme.normalization(useMask: configuration.useMaskForNorm[index], properties: properties))
      } catch { throw .normalization(channel: names[index], error) }
    }
    self.dataset = dataset
    self.configuration = configuration
    self.elementBudget = elementBudget
    previousStage = joinsPreviousStage ? configuration.previousStage : nil
    self.normalizations = normalizations
    order = AxisOrder(forward: plans.transposeForward)
  }

  /// Prepares a scan.
  ///
  /// - Parameters:
  ///   - channels: One volume a channel in the order of `channel_names`, all on one grid, axes in the order of training.
  ///   - labels: A label image on the same grid (training), cropped and resampled along.
  ///   - previousStage: The first stage's segmentation on the same grid; needed by, and only by, a cascade's second stage.
  ///   - threads: Threads to use; the result does not depend on them.
  public func prepare(
    _ channels: [Volume], labels: LabelMap? = nil, previousStage: LabelMap? = nil, threads: Int = Threads.available
  ) throws(PreparationError) -> PreparedScan {
    try checkPreviousStage(previousStage)
    let warnings = try checkGrids(channels)
    for (channel, name) in zip(channels, dataset.channelNames) { try checkFinite(channel, name, threads) }
    let frame = try frame(of: channels, threads: threads)
    var companions: [[Int16]] = []
    for map in [labels, previousStage] {
      if let map { companions.append(try block(of: map, like: channels[0], frame.box)) }
    }
    let mask = maskIfNeeded(channels, frame, hasLabels: !companions.isEmpty)
    let tensor = try images(channels, inside: mask.map { including($0, companions.first) }, frame, threads)
    let prepared = companions.map { resampledLabels($0, outside: mask, frame, threads) }
    let oneHot = previousStage == nil ? [] : prepared.last ?? []
    return PreparedScan(
      tensor: oneHot.isEmpty ? tensor : appending(oneHot, to: tensor),
      trace: trace(channels[0].geometry, frame, warnings), labels: labels == nil ? nil : prepared.first)
  }
}

extension Preparation {
  /// Crops, normalises and resamples one channel after the other, so that only one cropped channel exists at a time.
  private func images(
    _ channels: [Volume], inside mask: [Bool]?, _ frame: Frame, _ threads: Int
  ) throws(PreparationError) -> Tensor {
    let resampler = configuration.imageResampling.resampler(
      from: frame.box.shape, to: frame.preparedShape, current: frame.spacing, new: frame.targetSpacing)
    var elements: [Float] = []
    elements.reserveCapacity(channels.count * resampler.outputShape.reduce(1, *))
    for (index, channel) in channels.enumerated() {
      var voxels = order.block(of: channel.voxels, shape: channel.geometry.shape, box: frame.box)
      do throws(NormalizationError) { try normalizations[index].normalize(&voxels, inside: mask) } catch {
        throw .normalization(channel: dataset.channelNames[index], error)
      }
      elements += resampler.resample(voxels, threads: threads)
    }
    return Tensor(shape: [channels.count] + resampler.outputShape, elements: elements)
  }

  private func maskIfNeeded(_ channels: [Volume], _ frame: Frame, hasLabels: Bool) -> [Bool]? {
    guard hasLabels || normalizations.contains(where: { $0.needsMask }) else { return nil }
    var mask = [Bool](repeating: false, count: frame.box.shape.reduce(1, *))
    for channel in channels {
      NonzeroRegion.mark(
        order.block(of: channel.voxels, shape: channel.geometry.shape, box: frame.box), in: &mask)
    }
    HoleFilling.fill(&mask, shape: frame.box.shape)
    return mask
  }

  /// nnU-Net's mask is "label at least 0", so a label above 0 outside the nonzero region counts as inside.
  private func including(_ mask: [Bool], _ labels: [Int16]?) -> [Bool] {
    guard let labels else { return mask }
    return zip(mask, labels).map { $0 || $1 > 0 }
  }

  private func resampledLabels(
    _ labels: [Int16], outside mask: [Bool]?, _ frame: Frame, _ threads: Int
  ) -> [Int16] {
    var labels = labels
    if let mask { for index in labels.indices where labels[index] == 0 && !mask[index] { labels[index] = -1 } }
    return configuration.labelResampling.labelResampler(
      from: frame.box.shape, to: frame.preparedShape, current: frame.spacing, new: frame.targetSpacing
    ).resample(labels, threads: threads)
  }

  /// One channel a foreground label, 1 where the previous stage found it; a voxel outside the nonzero region is 0 in all.
  private func appending(_ labels: [Int16], to tensor: Tensor) -> Tensor {
    var elements = tensor.elements
    for label in dataset.foregroundLabels { elements += labels.map { Int($0) == label ? 1 : 0 } }
    let count = tensor.shape[0] + dataset.foregroundLabels.count
    return Tensor(shape: [count] + tensor.shape.dropFirst(), elements: elements)
  }

  private func trace(_ geometry: Geometry, _ frame: Frame, _ warnings: [String]) -> PreparationTrace {
    let channels = dataset.channelNames.indices.map { index in
      PreparationTrace.Channel(
        name: dataset.channelNames[index], scheme: configuration.normalizationSchemes[index],
        usedMask: normalizations[index].needsMask)
    }
    let recipe = configuration.imageResampling
    return PreparationTrace(
      channels: channels, grid: GridRecord(geometry), transposeForward: order.forward, spacing: frame.spacing,
      targetSpacing: frame.targetSpacing, shapeBeforeCropping: order.reordered(geometry.shape), cropBox: frame.box,
      preparedShape: frame.preparedShape,
      separatedAxis: ResamplingGrid.separatedAxis(
        force: recipe.forceSeparateZ, from: frame.spacing, to: frame.targetSpacing),
      warnings: warnings + frame.warnings)
  }

  /// Bytes ``prepare(_:labels:previousStage:threads:)`` needs at most beyond the scan itself, for a scan of `channels` channels
  /// and `scanVoxels` voxels that becomes `preparedVoxels`: the tensor, one cropped channel, one half resampled, one resampled,
  /// and the mask.
  public static func workingBytes(channels: Int, scanVoxels: Int, preparedVoxels: Int) -> Int {
    let float = MemoryLayout<Float>.size
    return (channels + 1) * preparedVoxels * float + scanVoxels * (float + 1) + max(scanVoxels, preparedVoxels) * float
  }
}
