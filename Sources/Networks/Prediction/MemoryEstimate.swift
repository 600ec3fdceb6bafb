internal import Tensors

/// Bytes a prediction will hold at once, known before it starts.
public struct MemoryEstimate: Sendable, Equatable {
  /// Activations and working memory of one forward pass.
  public let activations: Int
  /// Input and accumulated logits of the volume, and one window of both.
  public let volume: Int
  /// Packed weights of all folds.
  public let weights: Int
  /// All of it.
  public var total: Int { activations + volume + weights }
}

extension Predictor {
  /// Bytes of the weights of all folds, with the transforms that are kept.
  public var weightBytes: Int { networks.reduce(0) { $0 + $1.weightBytes(extent: window.extent) } }

  /// For a src of `shape` `[C, D, H, W]`; nil when the sizes are beyond what can be counted.
  public func memoryEstimate(shape: [Int]) -> MemoryEstimate? {
    guard let voxels = Self.product(shape.dropFirst()), let channels = shape.first else { return nil }
    let classes = networks[0].outputChannels
    // Input and sum; then the window's weights and its box.
    guard let volume = Self.product([voxels, channels + classes, 4]),
      let boxes = Self.product([window.extent.reduce(1, *), 1 + channels, 4])
    else { return nil }
    return MemoryEstimate(
      activations: lanes.pools.reduce(0) { $0 + activationBytes(threads: $1.threads) },
      volume: volume + boxes, weights: weightBytes)
  }

  // Of one lane.
  private func activationBytes(threads: Int) -> Int {
    networks.map { $0.activationBytes(window.extent, threads: threads) }.max() ?? 0
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
