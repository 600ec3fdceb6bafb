/// Bytes a prediction will hold at once, known before it starts.
public struct MemoryEstimate: Sendable, Equatable {
  /// Activations of one forward pass.
  public let activations: Int
  /// Input, accumulated logits and window weights of the volume.
  public let volume: Int
  /// Packed weights of all folds.
  public let weights: Int
  /// All of it.
  public var total: Int { activations + volume + weights }
}

extension Predictor {
  /// For a src of `shape` `[C, D, H, W]`; nil when the sizes are beyond what can be counted.
  public func memoryEstimate(shape: [Int]) -> MemoryEstimate? {
    guard let voxels = Self.product(shape.dropFirst()), let channels = shape.first else { return nil }
    let classes = networks[0].outputChannels
    let window = window.extent.reduce(1, *)
    // Input, sum, weights; then per window the box, the mean and the logits.
    let perVoxel = channels + classes + 1
    guard let volume = Self.product([voxels, perVoxel, 4]),
      let boxes = Self.product([window, channels + 2 * classes, 4])
    else { return nil }
    return MemoryEstimate(
      activations: networks.map { $0.activationBytes(self.window.extent) }.max() ?? 0, volume: volume + boxes,
      weights: networks.reduce(0) { $0 + $1.weightBytes(extent: self.window.extent) })
  }

  private static func product(_ factors: some Sequence<Int>) -> Int? {
    var product = 1
    for factor in factors {
      let (value, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow || value < 0 { return nil }
      product = value
    }
    return product
  }
}
