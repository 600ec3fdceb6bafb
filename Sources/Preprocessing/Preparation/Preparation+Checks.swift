import Imaging
import Synchronization

extension Preparation {
  /// Largest relative difference between the spacings of two channels (numpy `allclose`, which nnU-Net's reader uses).
  static let spacingTolerance = 1e-5

  /// The channels' common grid; returns what is odd but bearable.
  func checkGrids(_ channels: [Volume]) throws(PreparationError) -> [String] {
    guard channels.count == dataset.channelNames.count, let first = channels.first?.geometry else {
      throw .channelCount(expected: dataset.channelNames, found: channels.count)
    }
    guard first.spacing.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw .gridMismatch(channel: dataset.channelNames[0], problem: "its spacing \(first.spacing) mm is not positive")
    }
    var warnings: [String] = []
    for (channel, name) in zip(channels, dataset.channelNames).dropFirst() {
      let grid = channel.geometry
      guard grid.shape == first.shape else {
        throw .gridMismatch(channel: name, problem: "has \(grid.shape) voxels, the first channel \(first.shape)")
      }
      let agrees = zip(grid.spacing, first.spacing).allSatisfy { abs($0 - $1) <= 1e-8 + Self.spacingTolerance * $1 }
      guard agrees else {
        throw .gridMismatch(
          channel: name, problem: "has spacing \(grid.spacing) mm, the first channel \(first.spacing)")
      }
      let farthest = Self.largestDistance(grid, first)
      if farthest > 0.1 * (first.spacing.min() ?? 0) {
        warnings.append(
          "channel \(name) lies up to \(farthest) mm away from the first channel; it is used voxel by voxel")
      }
    }
    return warnings
  }

  /// Largest distance between the corners of two grids of one shape, mm.
  private static func largestDistance(_ a: Geometry, _ b: Geometry) -> Double {
    let last = a.shape.map { Double($0 - 1) }
    let distances = (0..<8).map { corner -> Double in
      let (i, j, k) = (
        corner & 1 == 0 ? 0 : last[2], corner & 2 == 0 ? 0 : last[1], corner & 4 == 0 ? 0 : last[0]
      )
      return (a.position(i: i, j: j, k: k) - b.position(i: i, j: j, k: k)).length
    }
    return distances.max() ?? 0
  }

  func checkFinite(_ volume: Volume, _ name: String, _ threads: Int) throws(PreparationError) {
    let count = Self.countNotFinite(volume.voxels, threads)
    guard count == 0 else { throw .notFinite(channel: name, count: count) }
  }

  private static func countNotFinite(_ voxels: [Float], _ threads: Int) -> Int {
    let total = Atomic<Int>(0)
    let chunk = 1 << 18
    voxels.withUnsafeBufferPointer { voxels in
      Threads.forEach((voxels.count + chunk - 1) / chunk, threads: threads) { item in
        var count: Int32 = 0
        for index in item * chunk..<min((item + 1) * chunk, voxels.count) {
          count &+= (voxels[index] - voxels[index]) == 0 ? 0 : 1
        }
        total.add(Int(count), ordering: .relaxed)
      }
    }
    return total.load(ordering: .relaxed)
  }

  func checkPreviousStage(_ map: LabelMap?) throws(PreparationError) {
    switch (previousStage, map) {
    case (let stage?, nil):
      throw .previousStage("\(configuration.name) needs the segmentation made by \(stage) as a further input")
    case (nil, .some):
      throw .previousStage("\(configuration.name) is no second stage and takes no earlier segmentation")
    default: return
    }
  }

  /// A label image cropped and transposed like the scan.
  func block(of map: LabelMap, like scan: Volume, _ box: CropBox) throws(PreparationError) -> [Int16] {
    guard map.geometry.shape == scan.geometry.shape else {
      throw .labels("has \(map.geometry.shape) voxels, the scan \(scan.geometry.shape)")
    }
    guard map.voxels.allSatisfy({ $0 <= UInt16(Int16.max) }) else {
      throw .labels("has values above \(Int16.max)")
    }
    return order.block(of: map.voxels.map { Int16($0) }, shape: map.geometry.shape, box: box)
  }
}

extension Preparation {
  /// The grids a scan passes through, in transposed axes.
  struct Frame {
    let box: CropBox
    let spacing: [Double]
    let targetSpacing: [Double]
    let preparedShape: [Int]
    let warnings: [String]
  }

  func frame(of channels: [Volume], threads: Int) throws(PreparationError) -> Frame {
    let geometry = channels[0].geometry
    let box = NonzeroRegion.box(of: channels.map { $0.voxels }, shape: geometry.shape, threads: threads)
    let transposed = CropBox(lower: order.reordered(box.lower), upper: order.reordered(box.upper))
    let spacing = order.reordered(geometry.exactSpacing)
    let target = configuration.targetSpacing(spacing)
    let shape = configuration.preparedShape(cropped: transposed.shape, spacing: spacing)
    try checkShape(shape)
    return Frame(
      box: transposed, spacing: spacing, targetSpacing: target, preparedShape: shape,
      warnings: warnings(shape, spacing, target))
  }

  private func checkShape(_ shape: [Int]) throws(PreparationError) {
    guard shape.allSatisfy({ $0 > 0 }) else {
      throw .unusableShape(
        shape, problem: "it is thinner than one voxel of the plan's spacing \(configuration.spacing) mm")
    }
    let channels = dataset.numberOfInputChannels(hasPreviousStage: previousStage != nil)
    var elements = channels
    for length in shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: length)
      guard !overflow, product <= elementBudget else {
        throw .unusableShape(
          shape, problem: "\(channels) channels of that are more than the \(elementBudget) elements allowed")
      }
      elements = product
    }
  }

  private func warnings(_ shape: [Int], _ spacing: [Double], _ target: [Double]) -> [String] {
    var warnings: [String] = []
    if zip(spacing, target).contains(where: { $0 / $1 > 3 || $1 / $0 > 3 }) {
      warnings.append("the scan's spacing \(spacing) mm is more than 3 times off the plan's \(target) mm")
    }
    let patch = configuration.patchSize
    if zip(shape.suffix(patch.count), patch).contains(where: { $0 < $1 }) {
      warnings.append("the scan (\(shape) voxels) is smaller than the patch (\(patch)) and is padded with zeros")
    }
    return warnings
  }
}

extension PlanConfiguration {
  /// Spacing of a prepared scan, mm, transposed; in 2D the scan's own along axis 0.
  func targetSpacing(_ spacing: [Double]) -> [Double] { dimensions == 2 ? [spacing[0]] + self.spacing : self.spacing }

  /// Voxels of a prepared scan, transposed, that has `cropped` voxels of `spacing` mm after cropping.
  func preparedShape(cropped: [Int], spacing: [Double]) -> [Int] {
    guard imageResampling.function != .none else { return cropped }
    return ResamplingGrid.newShape(cropped, from: spacing, to: targetSpacing(spacing))
  }

  /// Voxels, transposed, that this configuration prepares a scan to, which `trace` shows prepared for another one of the same plan.
  public func preparedShape(of trace: PreparationTrace) -> [Int] {
    preparedShape(cropped: trace.shapeAfterCropping, spacing: trace.spacing)
  }
}
