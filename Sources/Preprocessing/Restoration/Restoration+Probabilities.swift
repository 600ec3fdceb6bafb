import Imaging
public import Tensors

extension Restoration {
  /// The probability of every head at every voxel of the scan, `[K, D, H, W]` on the scan's own grid: soft-max (or, with
  /// regions, sigmoid) of the resampled logits. Outside the nonzero box head 0 has probability 1; with regions all are 0.
  ///
  /// This array is large; `byteBudget` bounds it.
  public func probabilities(
    from logits: Tensor, trace: PreparationTrace, byteBudget: Int = 4 << 30, threads: Int = Threads.available
  ) throws(RestorationError) -> Tensor {
    let placement = try Placement(trace)
    let sampler = try sampler(of: logits, trace)
    let count = placement.geometry.count
    let bytes = count * heads.count * MemoryLayout<Float>.size
    guard bytes <= byteBudget else { throw .budget(bytes: bytes, allowed: byteBudget) }
    var elements = [Float](repeating: 0, count: count * heads.count)
    if case .classes = heads { for index in 0..<count { elements[index] = 1 } }
    logits.elements.withUnsafeBufferPointer { values in
      elements.withUnsafeMutableBufferPointer { target in
        ProbabilityFill(sampler: sampler, heads: heads, placement: placement).run(
          values.baseAddress.unsafelyUnwrapped, target.baseAddress.unsafelyUnwrapped, threads: threads)
      }
    }
    return Tensor(shape: [heads.count] + placement.geometry.shape, elements: elements)
  }
}

/// Writes the probabilities of the cropped scan into an array of the whole scan, slice by slice.
struct ProbabilityFill {
  let sampler: LogitSampler
  let heads: Heads
  let placement: Placement

  func run(_ logits: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, threads: Int) {
    let (shape, strides, count) = (sampler.outputShape, placement.strides, placement.geometry.count)
    Threads.forEach(shape[0], threads: threads) { k in
      var cache = SliceCache(sampler, logits)
      let slice = cache.slice(k)
      var voxel = [Float](repeating: 0, count: heads.count)
      for j in 0..<shape[1] {
        for i in 0..<shape[2] {
          read(slice, row: j, column: i, into: &voxel)
          heads.activate(&voxel)
          let index = placement.start + k * strides[0] + j * strides[1] + i * strides[2]
          for head in 0..<heads.count { target[head * count + index] = voxel[head] }
        }
      }
      cache.deallocate()
    }
  }

  private func read(_ slice: UnsafePointer<Float>, row: Int, column: Int, into voxel: inout [Float]) {
    let (taps, width) = (sampler.rowTaps, sampler.outputShape[2])
    let fraction = Float(taps.fractions[row])
    for head in 0..<heads.count {
      let start = slice + head * sampler.inputShape[1] * width + column
      let (low, high) = (start[taps.lower[row] * width], start[taps.upper[row] * width])
      voxel[head] = low + (high - low) * fraction
    }
  }
}
