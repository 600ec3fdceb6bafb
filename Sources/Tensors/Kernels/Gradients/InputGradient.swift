internal import CKernels

/// dL/d src of a convolution. Without a stride it is the convolution with flipped kernels whose channels change places, by the same
/// algorithms; with one, the voxels of src fall into phases that each see their own taps.
public struct InputGradient: Sendable {
  /// Of the convolution.
  public let shape: ConvolutionShape
  private let way: Way

  private enum Way: Sendable {
    case flipped(any PreparedConvolution)
    case phases([StridePhase])
  }

  /// `weights` `[O, I, kz, ky, kx]` of the convolution, `extent` of its srcs, `samples` of them. `former`, which is
  /// not used any more, gives its memory.
  public init(
    weights: Tensor, shape: ConvolutionShape, extent: [Int], samples: Int = 1, reusing former: InputGradient? = nil
  ) {
    OpenBLAS.load()
    self.shape = shape
    guard shape.stride == [1, 1, 1] else {
      way = .phases(StridePhase.all(weights, shape))
      return
    }
    let flipped = ConvolutionShape(
      sourceLayout: shape.outputLayout, outputChannels: shape.sourceLayout.paddedChannels, kernel: shape.kernel)
    let turned = Self.flipped(weights, shape)
    switch ConvolutionAlgorithm.choose(flipped, extent: extent, samples: samples) {
    case .rows: way = .flipped(RowConvolution(turned, flipped))
    case .winograd(let tile):
      var memory: (any PreparedConvolution)?
      if case .flipped(let convolution) = former?.way { memory = convolution }
      let convolution = WinogradConvolution(turned, flipped, tile: tile, reusing: memory)
      convolution.prepare(extent: extent, samples: samples)
      way = .flipped(convolution)
    }
  }

  // [padded C of src, O, taps reversed]; zero for the padding.
  private static func flipped(_ weights: Tensor, _ shape: ConvolutionShape) -> Tensor {
    let (taps, outputs) = (shape.taps, shape.outputChannels)
    let positions = shape.sourceLayout.positions
    var turned = Tensor(shape: [shape.sourceLayout.paddedChannels, outputs] + shape.kernel)
    turned.elements.withUnsafeMutableBufferPointer { to in
      weights.elements.withUnsafeBufferPointer { from in
        for o in 0..<outputs {
          for (i, position) in positions.enumerated() {
            for tap in 0..<taps {
              to[(position * outputs + o) * taps + taps - 1 - tap] = from[(o * positions.count + i) * taps + tap]
            }
          }
        }
      }
    }
    return turned
  }

  /// From dL/d dst to dL/d src of a batch, in `src` or added to what is there.
  public func callAsFunction(_ gradient: [FeatureMap], into src: [FeatureMap], adding: Bool, in workspace: Workspace) {
    precondition(
      zip(gradient, src).allSatisfy {
        $1.layout.paddedChannels == shape.sourceLayout.paddedChannels && $0.extent == shape.outputExtent($1.extent)
      }, "shapes fit")
    switch way {
    case .phases(let phases):
      for (from, to) in zip(gradient, src) { StridePhase.run(phases, from, into: to, adding: adding, in: workspace) }
    case .flipped(let convolution):
      guard adding else {
        _ = convolution.run(gradient, into: src, in: workspace)
        return
      }
      let parts = src.map { workspace.map(extent: $0.extent, layout: $0.layout) }
      _ = convolution.run(gradient, into: parts, in: workspace)
      for (to, part) in zip(src, parts) { ResidualSum.add(to, part, negativeSlope: 1, into: to, in: workspace) }
    }
  }
}
