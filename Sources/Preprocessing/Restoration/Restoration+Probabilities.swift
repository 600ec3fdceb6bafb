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
        fill(values.baseAddress.unsafelyUnwrapped, sampler, target.baseAddress.unsafelyUnwrapped, placement, threads)
      }
    }
    return Tensor(shape: [heads.count] + placement.geometry.shape, elements: elements)
  }

  private func fill(
    _ logits: UnsafePointer<Float>, _ sampler: LogitSampler, _ target: UnsafeMutablePointer<Float>,
    _ placement: Placement, _ threads: Int
  ) {
    let (shape, strides, count) = (sampler.outputShape, placement.strides, placement.geometry.count)
    Threads.forEach(shape[0], threads: threads) { k in
      var rows = ProbabilityRows(sampler, heads, logits)
      rows.select(slice: k)
      for j in 0..<shape[1] {
        rows.compute(row: j)
        let start = target + (placement.start + k * strides[0] + j * strides[1])
        for head in 0..<heads.count {
          let values = rows.values(head: head)
          for i in 0..<shape[2] { start[head &* count &+ i &* strides[2]] = values[i] }
        }
      }
      rows.deallocate()
    }
  }
}

/// The probabilities of one row of the cropped scan at a time. One thread's own.
struct ProbabilityRows {
  private let sampler: LogitSampler
  private let heads: Heads
  private var reader: SliceReader
  private let block: UnsafeMutablePointer<SIMD16<Float>>
  private let row: UnsafeMutablePointer<Float>
  private let stride: Int

  init(_ sampler: LogitSampler, _ heads: Heads, _ logits: UnsafePointer<Float>) {
    self.sampler = sampler
    self.heads = heads
    reader = SliceReader(sampler, logits)
    stride = (sampler.outputShape[2] + 15) / 16 * 16
    block = .allocate(capacity: heads.count)
    block.initialize(repeating: SIMD16(), count: heads.count)
    row = .allocate(capacity: heads.count * stride)
    row.initialize(repeating: 0, count: heads.count * stride)
  }

  func deallocate() {
    reader.deallocate()
    block.deallocate()
    row.deallocate()
  }

  mutating func select(slice: Int) { reader.select(slice: slice) }

  /// The row's probabilities of one head, after ``compute(row:)``; at least as many as the row has columns.
  func values(head: Int) -> UnsafePointer<Float> { UnsafePointer(row + head * stride) }

  func compute(row index: Int) {
    reader.blend(row: index)
    let width = sampler.outputShape[2]
    for index in 0..<(width + 15) / 16 {
      reader.read(block: index, into: block)
      Activation.apply(heads, block)
      for head in 0..<heads.count {
        UnsafeMutableRawPointer(row + head * stride + index * 16).storeBytes(of: block[head], as: SIMD16<Float>.self)
      }
    }
  }
}
