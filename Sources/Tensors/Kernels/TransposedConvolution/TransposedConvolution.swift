internal import CKernels

/// A transposed convolution whose kernel is its stride: every src voxel becomes a block of dst, blocks do not overlap.
/// One matrix product, whose rows are then spread over dst.
public struct TransposedConvolution: Sendable {
  /// Channels of src as they lie in memory.
  public let sourceLayout: ChannelLayout
  /// Channels of dst.
  public let outputChannels: Int
  /// Kernel and stride, `[D, H, W]`.
  public let kernel: [Int]
  // [padded C of src] rows of [kz, ky, kx, padded C of dst]; bias per padded C of dst.
  private let weights: ProductWeights
  private let bias: AlignedBuffer

  // Rows of one product: its result stays in the second-level cache until it is spread.
  private static let floatsPerBlock = 64 * 1024

  /// `weights` `[I, O, kz, ky, kx]`, as PyTorch stores them; `bias` `[O]` or nil.
  public init(weights: Tensor, bias: [Float]?, sourceLayout: ChannelLayout) {
    precondition(weights.shape.count == 5 && weights.shape[0] == sourceLayout.channels, "weights [I, O, kz, ky, kx]")
    self.sourceLayout = sourceLayout
    outputChannels = weights.shape[1]
    kernel = Array(weights.shape[2...])
    let layout = ChannelLayout(groups: [outputChannels])
    let padding = layout.paddedChannels - outputChannels
    self.bias = AlignedBuffer(
      (bias ?? Array(repeating: 0, count: outputChannels)) + Array(repeating: 0, count: padding))
    self.weights = Self.packed(weights, sourceLayout, layout.paddedChannels)
  }

  private static func packed(_ weights: Tensor, _ layout: ChannelLayout, _ columns: Int) -> ProductWeights {
    let taps = weights.shape[2...].reduce(1, *)
    let outputs = weights.shape[1]
    let packed = ProductWeights(rows: layout.paddedChannels, columns: taps * columns)
    for (i, position) in layout.positions.enumerated() {
      for o in 0..<outputs {
        for tap in 0..<taps {
          packed.set(weights.elements[(i * outputs + o) * taps + tap], row: position, column: tap * columns + o)
        }
      }
    }
    return packed
  }

  /// Layout of dst.
  public var outputLayout: ChannelLayout { ChannelLayout(groups: [outputChannels]) }

  /// Bytes of packed weights.
  public var bytes: Int { weights.bytes }

  /// `[D, H, W]` of dst.
  public func outputExtent(_ extent: [Int]) -> [Int] { zip(extent, kernel).map { $0 * $1 } }

  /// Operations for a src of `extent`.
  public func operations(_ extent: [Int]) -> Int {
    (extent + kernel).reduce(2 * sourceLayout.channels * outputChannels, *)
  }

  /// Writes dst, of `outputExtent` and `outputLayout`.
  public func callAsFunction(_ src: FeatureMap, into dst: FeatureMap, in workspace: Workspace) {
    precondition(dst.extent == outputExtent(src.extent), "shapes fit")
    run(src, voxels: 0..<src.voxels, atOnce: src.voxels, into: dst, in: workspace)
  }

  /// Writes what becomes of some slices of src to a ring: slice z of dst goes to slice z % n of the n that `ring` has, a multiple of the
  /// kernel's length.
  func callAsFunction(_ src: FeatureMap, slices: Range<Int>, into ring: FeatureMap, in workspace: Workspace) {
    let slice = src.extent[1] * src.extent[2]
    run(src, voxels: slices.lowerBound * slice..<slices.upperBound * slice, atOnce: slice, into: ring, in: workspace)
  }

  // Blocks of rows do not cross stretches of `atOnce` voxels.
  private func run(
    _ src: FeatureMap, voxels: Range<Int>, atOnce: Int, into dst: FeatureMap, in workspace: Workspace
  ) {
    precondition(src.layout == sourceLayout && dst.extent[0] % kernel[0] == 0, "shapes fit")
    let inner = sourceLayout.paddedChannels
    let channels = outputLayout.paddedChannels
    let columns = kernel.reduce(channels, *)
    let block = max(8, min(256, Self.floatsPerBlock / columns))
    let blocks = (atOnce + block - 1) / block
    let slices = (source: src.extent[1] * src.extent[2], dst: dst.extent[1] * dst.extent[2] * dst.voxelStride)
    let kernels = workspace.kernels
    let streaming: Int32 = dst.voxels * channels > Workspace.cachedFloats ? 1 : 0
    var one = ConvolutionShape(sourceLayout: sourceLayout, outputChannels: 1, kernel: [1, 1, 1]).window(src.extent)
    let size = (kernel[0], kernel[1], kernel[2])
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: &one) { one in
          workspace.run(voxels.count / atOnce * blocks, scratch: block * (inner + columns)) { task, scratch in
            let start = voxels.lowerBound + task / blocks * atOnce
            let first = start + task % blocks * block
            let count = min(block, start + atOnce - first)
            kernels.rows(source, one, 0, 1, first, count, scratch)
            let product = scratch + block * inner
            weights.multiply(
              scratch, stride: inner, count: count, columns: 0..<columns, into: product, stride: columns, adding: false)
            let slice = start / slices.source * kernel[0]
            let base = dst.base + (slice % dst.extent[0] - slice) * slices.dst
            withUnsafePointer(to: size) { size in
              size.withMemoryRebound(to: Int.self, capacity: 3) { size in
                kernels.scatter(
                  product, bias.pointer, source, size, first, count, channels, base, dst.voxelStride, streaming)
              }
            }
          }
        }
      }
    }
  }
}
