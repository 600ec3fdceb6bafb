internal import CKernels
internal import Synchronization

/// dst = weights * src, without a bias: every convolution of these networks is followed by an instance norm, which
/// takes any constant per channel away again. The norm's sums are gathered while dst is still in the cache.
///
/// How it is computed depends on the size of src; see `ConvolutionAlgorithm.choose`. The weights are brought into the
/// order an algorithm wants when it first runs, and kept.
public struct Convolution: Sendable {
  /// Channels, kernel and stride.
  public let shape: ConvolutionShape
  private let weights: Tensor
  private let orders = PreparedWeights()

  /// `weights` `[O, I, kz, ky, kx]`, as PyTorch stores them.
  public init(weights: Tensor, sourceLayout: ChannelLayout, stride: [Int]) {
    precondition(weights.shape.count == 5 && weights.shape[1] == sourceLayout.channels, "weights [O, I, kz, ky, kx]")
    shape = ConvolutionShape(
      sourceLayout: sourceLayout, outputChannels: weights.shape[0], kernel: Array(weights.shape[2...]), stride: stride)
    self.weights = weights
  }

  /// Bytes of the weights, and of their transform for a src of `extent`.
  public func bytes(extent: [Int]) -> Int {
    let algorithm = ConvolutionAlgorithm.choose(shape, extent: extent)
    let transformed = algorithm.points(shape) * shape.sourceLayout.paddedChannels * shape.outputLayout.paddedChannels
    return (weights.count + transformed) * MemoryLayout<Float>.stride
  }

  /// Bytes of working memory shared by the threads for a src of `extent`.
  public func workingBytes(extent: [Int]) -> Int {
    guard case .winograd(let tile) = ConvolutionAlgorithm.choose(shape, extent: extent) else { return 0 }
    return WinogradConvolution.transformBytes(shape, tile: tile, extent: extent)
  }

  /// Brings the weights into the order for a src of `extent` now instead of when it first runs.
  public func prepare(extent: [Int]) { _ = prepared(ConvolutionAlgorithm.choose(shape, extent: extent)) }

  private func prepared(_ algorithm: ConvolutionAlgorithm) -> any PreparedConvolution {
    switch algorithm {
    case .rows: orders.value(algorithm) { RowConvolution(weights, shape) }
    case .winograd(let tile): orders.value(algorithm) { WinogradConvolution(weights, shape, tile: tile) }
    }
  }

  /// Writes dst (of `shape.outputExtent`, `shape.outputLayout`) and returns the sums over it. `algorithm` nil is the one
  /// chosen for the size.
  public func callAsFunction(
    _ src: FeatureMap, into dst: FeatureMap, in workspace: Workspace, algorithm: ConvolutionAlgorithm? = nil
  ) -> ChannelSums {
    self([src], into: [dst], in: workspace, algorithm: algorithm)[0]
  }

  /// The same for a batch of maps of one extent.
  public func callAsFunction(
    _ src: [FeatureMap], into dst: [FeatureMap], in workspace: Workspace, algorithm: ConvolutionAlgorithm? = nil
  ) -> [ChannelSums] {
    guard let extent = src.first?.extent else { return [] }
    precondition(
      src.allSatisfy { $0.layout == shape.sourceLayout && $0.extent == extent }
        && dst.allSatisfy { $0.extent == shape.outputExtent(extent) }, "shapes fit")
    return prepared(algorithm ?? .choose(shape, extent: extent)).run(src, into: dst, in: workspace)
  }
}

/// A convolution whose weights are in one algorithm's order.
protocol PreparedConvolution: Sendable {
  /// A batch of maps of one extent; one pass over the threads where the work allows.
  func run(_ src: [FeatureMap], into dst: [FeatureMap], in workspace: Workspace) -> [ChannelSums]
}

/// Weights in the orders asked for so far.
private final class PreparedWeights: Sendable {
  private let made = Mutex<[ConvolutionAlgorithm: any PreparedConvolution]>([:])

  func value(_ algorithm: ConvolutionAlgorithm, make: () -> some PreparedConvolution) -> any PreparedConvolution {
    made.withLock { made in
      if let known = made[algorithm] { return known }
      let new = make()
      made[algorithm] = new
      return new
    }
  }
}
