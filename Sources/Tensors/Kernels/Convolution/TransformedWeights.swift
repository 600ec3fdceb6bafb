internal import CKernels
internal import Synchronization

/// Weights `[O, I, kz, ky, kx]` of a convolution, and their Winograd transform once it has been asked for.
final class TransformedWeights: Sendable {
  private let weights: Tensor
  private let kept: Mutex<AlignedBuffer?>
  // Memory of weights that are not used any more, for a transform of the same size.
  private let former: AlignedBuffer?

  init(_ weights: Tensor, reusing former: TransformedWeights?) {
    self.weights = weights
    self.former = former?.kept.withLock { $0 }
    kept = Mutex(nil)
  }

  /// Floats from one point's matrix `[inputs][outputs]` to the next: a line more than it has, so that the points, which are written side
  /// by side, do not fall on the same cache sets.
  static func pointStride(_ inputs: Int, _ outputs: Int) -> Int { inputs * outputs + Int(VIGIL_LANES) }

  /// All of them, `[point][padded C of src][padded C of dst]`, points `pointStride` apart, kept from now on.
  func all(_ shape: ConvolutionShape, _ tile: [Int]) -> AlignedBuffer {
    kept.withLock { kept in
      if let kept { return kept }
      let (inputs, outputs) = (shape.sourceLayout.paddedChannels, shape.outputLayout.paddedChannels)
      let points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
      let made = former ?? AlignedBuffer(count: points * Self.pointStride(inputs, outputs))
      transform(shape, tile, inputs: 0..<inputs, channels: 0..<outputs, into: made.pointer)
      kept = made
      return made
    }
  }

  /// Those between some channels of src, as they lie padded, and of dst, `[point][inputs][channels]` with points `pointStride` apart; 0
  /// where no channel is. Both begin with a vector.
  func transform(
    _ shape: ConvolutionShape, _ tile: [Int], inputs: Range<Int>, channels: Range<Int>,
    into dst: UnsafeMutablePointer<Float>
  ) {
    let (lanes, taps, columns) = (Int(VIGIL_LANES), shape.taps, channels.count)
    let (all, positions) = (shape.sourceLayout.channels, shape.sourceLayout.positions)
    let stride = Self.pointStride(inputs.count, columns)
    let kernels = InstructionSet.available[0].kernels
    let tileSize = [tile[0], tile[1], tile[2]]
    if all < shape.sourceLayout.paddedChannels {
      dst.update(repeating: 0, count: ConvolutionAlgorithm.winograd(tile: tile).points(shape) * stride)
    }
    weights.elements.withUnsafeBufferPointer { source in
      guard let source = source.baseAddress else { return }
      var group = 0..<0
      for size in shape.sourceLayout.groups {
        group = group.upperBound..<group.upperBound + size
        // Where the group's channels lie, and those of them that are asked for.
        let start = positions[group.lowerBound]
        let some = (start..<start + size).clamped(to: inputs)
        if some.isEmpty { continue }
        let first = group.lowerBound + some.lowerBound - start
        for channel in Swift.stride(from: channels.lowerBound, to: channels.upperBound, by: lanes) {
          kernels.winograd_weights(
            source + (channel * all + first) * taps, all * taps, max(0, min(lanes, shape.outputChannels - channel)),
            some.count, tileSize, dst + (some.lowerBound - inputs.lowerBound) * columns + channel - channels.lowerBound,
            stride, columns)
        }
      }
    }
  }
}
