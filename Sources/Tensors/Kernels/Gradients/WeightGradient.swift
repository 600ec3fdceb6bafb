/// dL/d weights of a convolution, summed over a batch: the products of src and dL/d dst at every tap. Either of im2row and dL/d dst, or,
/// as the convolution itself, point by point in Winograd's domain (Lavin, Gray 2016, section 4: the gradient is a
/// filtering too).
public struct WeightGradient: Sendable {
  /// Of the convolution.
  public let shape: ConvolutionShape

  /// `shape` of the convolution.
  public init(_ shape: ConvolutionShape) {
    OpenBLAS.load()
    self.shape = shape
  }

  /// Writes dL/d weights `[O, I, kz, ky, kx]` to `result`, for srcs and dL/d dsts of one extent. `algorithm` nil is the one chosen
  /// for the size.
  public func callAsFunction(
    _ src: [FeatureMap], _ gradient: [FeatureMap], into result: inout ArraySlice<Float>, in workspace: Workspace,
    algorithm: ConvolutionAlgorithm? = nil
  ) {
    guard let first = src.first else { return }
    precondition(
      src.count == gradient.count && src.allSatisfy { $0.extent == first.extent && $0.layout == shape.sourceLayout }
        && gradient.allSatisfy { $0.extent == shape.outputExtent(first.extent) && $0.layout == shape.outputLayout }
        && result.count == shape.outputChannels * shape.sourceLayout.channels * shape.taps, "shapes fit")
    let algorithm = algorithm ?? Self.choose(shape, extent: first.extent, samples: src.count)
    result.withUnsafeMutableBufferPointer { result in
      guard let result = result.baseAddress else { return }
      switch algorithm {
      case .rows: RowWeightGradient(shape).run(src, gradient, into: result, in: workspace)
      case .winograd(let tile):
        WinogradWeightGradient(shape, tile: tile).run(src, gradient, into: result, in: workspace)
      }
    }
  }

  // Costs in products for every pair of channels, as `ConvolutionAlgorithm.cost` counts them.
  // Transforming a point of 16 channels of src, and of dL/d dst.
  private static let sourceCost = 16.0
  private static let gradientCost = 12.0
  // Going over the sums of a point, or of a tap, at the end.
  private static let pointCost = 24.0
  private static let tapCost = 8.0
  // Narrow products of long rows are slower than the square ones of the points.
  private static let rowSlowness = 1.4
  private static let gatherCost = 4.0

  static func choose(_ shape: ConvolutionShape, extent: [Int], samples: Int) -> ConvolutionAlgorithm {
    let out = shape.outputExtent(extent)
    let inputs = Double(shape.sourceLayout.paddedChannels)
    let outputs = Double(shape.outputLayout.paddedChannels)
    func cost(_ algorithm: ConvolutionAlgorithm) -> Double {
      switch algorithm {
      case .rows:
        let voxels = Double(out.reduce(samples, *))
        return Double(shape.taps) * (voxels * (rowSlowness + gatherCost / outputs) + tapCost)
      case .winograd(let tile):
        let tiles = zip(out, tile).reduce(Double(samples)) { $0 * Double(($1.0 + $1.1 - 1) / $1.1) }
        let transforms = sourceCost / outputs + gradientCost / inputs
        return Double(algorithm.points(shape)) * (tiles * (1 + transforms) + pointCost)
      }
    }
    return ConvolutionAlgorithm.all(shape).min { cost($0) < cost($1) } ?? .rows
  }
}
