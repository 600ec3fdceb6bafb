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
  // As PyTorch stores them; nil where one algorithm alone can run, whose order is then made at once.
  private let weights: Tensor?
  private let orders: PreparedWeights

  /// `weights` `[O, I, kz, ky, kx]`, as PyTorch stores them; `largestTile` as in ``ConvolutionShape/largestTile``. `former`, which is not used any more, gives the memory of its
  /// weights' orders: training makes every convolution anew in each step.
  public init(
    weights: Tensor, sourceLayout: ChannelLayout, stride: [Int], largestTile: Int = 4,
    reusing former: Convolution? = nil
  ) {
    precondition(weights.shape.count == 5 && weights.shape[1] == sourceLayout.channels, "weights [O, I, kz, ky, kx]")
    shape = ConvolutionShape(
      sourceLayout: sourceLayout, outputChannels: weights.shape[0], kernel: Array(weights.shape[2...]), stride: stride,
      largestTile: largestTile)
    orders = PreparedWeights(reusing: former?.orders)
    if ConvolutionAlgorithm.all(shape) == [.rows] {
      self.weights = nil
      _ = orders.value(.rows) { [shape] _ in RowConvolution(weights, shape) }
    } else {
      self.weights = weights
    }
  }

  /// Whether the weights are also kept as PyTorch stores them.
  var keepsStoredOrder: Bool { weights != nil }

  /// Brings the weights into the order for `samples` srcs of `extent` now instead of when it first runs.
  public func prepare(extent: [Int], samples: Int = 1) {
    let made = prepared(.choose(shape, extent: extent, samples: samples))
    (made as? WinogradConvolution)?.prepare(extent: extent, samples: samples)
  }

  func prepared(_ algorithm: ConvolutionAlgorithm) -> any PreparedConvolution {
    orders.value(algorithm) { former in
      guard let weights else { preconditionFailure("\(algorithm) was prepared at once, if it can run at all") }
      return switch algorithm {
      case .rows: RowConvolution(weights, shape)
      case .winograd(let tile): WinogradConvolution(weights, shape, tile: tile, reusing: former)
      }
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
    let algorithm = algorithm ?? .choose(shape, extent: extent, samples: src.count)
    return workspace.timing(shape, extent, algorithm) { prepared(algorithm).run(src, into: dst, in: workspace) }
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
  // Of a convolution that is not used any more.
  private let former: [ConvolutionAlgorithm: any PreparedConvolution]

  init(reusing former: PreparedWeights?) { self.former = former?.made.withLock { $0 } ?? [:] }

  func value(
    _ algorithm: ConvolutionAlgorithm, make: (_ former: (any PreparedConvolution)?) -> any PreparedConvolution
  ) -> any PreparedConvolution {
    made.withLock { made in
      if let known = made[algorithm] { return known }
      let new = make(former[algorithm])
      made[algorithm] = new
      return new
    }
  }
}
