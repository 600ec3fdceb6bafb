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

  /// All of them, `[point][padded C of src][padded C of dst]`, kept from now on.
  func all(_ shape: ConvolutionShape, _ tile: [Int]) -> AlignedBuffer {
    kept.withLock { kept in
      if let kept { return kept }
      let (inputs, outputs) = (shape.sourceLayout.paddedChannels, shape.outputLayout.paddedChannels)
      let points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
      let made = former ?? AlignedBuffer(count: points * inputs * outputs)
      transform(shape, tile, channels: 0..<outputs, into: made.pointer, columns: outputs)
      kept = made
      return made
    }
  }

  /// Those of some channels of dst, `[point][padded C of src][columns]`, 0 where no channel is. `channels` begins with a vector.
  func transform(
    _ shape: ConvolutionShape, _ tile: [Int], channels: Range<Int>, into dst: UnsafeMutablePointer<Float>, columns: Int
  ) {
    let (inputs, lanes, taps) = (shape.sourceLayout.paddedChannels, Int(VIGIL_LANES), shape.taps)
    let positions = shape.sourceLayout.positions
    let kernels = InstructionSet.available[0].kernels
    let size = [tile[0], tile[1], tile[2]]
    if positions.count < inputs {
      let points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
      dst.update(repeating: 0, count: points * inputs * columns)
    }
    weights.elements.withUnsafeBufferPointer { source in
      guard let source = source.baseAddress else { return }
      for first in stride(from: channels.lowerBound, to: channels.upperBound, by: lanes) {
        let count = max(0, min(lanes, shape.outputChannels - first))
        for (i, position) in positions.enumerated() {
          kernels.winograd_weights(
            source + (first * positions.count + i) * taps, positions.count * taps, count, size,
            dst + position * columns + first - channels.lowerBound, inputs * columns)
        }
      }
    }
  }
}
