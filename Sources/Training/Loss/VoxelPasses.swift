internal import Synchronization
internal import Tensors

/// The two passes of the loss over a batch, in chunks of voxels that any thread may take: their sums are added up in order.
struct VoxelPasses {
  /// Voxels of a chunk: few enough that Float sums of 128 values a lane are exact to a few units in the last place.
  static let chunk = 2048
  /// Stands for the ignore label, and for lanes beyond the last voxel.
  static let ignored: Float = -1

  let loss: DiceAndCrossEntropy
  let logits: [Tensor]
  let targets: [LabelPatch]
  let voxels: Int

  init(_ loss: DiceAndCrossEntropy, logits: [Tensor], targets: [LabelPatch]) {
    self.loss = loss
    self.logits = logits
    self.targets = targets
    voxels = targets[0].count
  }

  private var chunksPerSample: Int { (voxels + Self.chunk - 1) / Self.chunk }

  /// Fills `probabilities`, `[sample][head][voxel]`, with the soft-max (or sigmoid) of the logits, and adds up what the loss needs.
  func probabilities(into probabilities: UnsafeMutableBufferPointer<Float>) -> LossSums {
    let chunks = chunksPerSample
    let sums = Mutex([ChunkSums?](repeating: nil, count: chunks * logits.count))
    loss.pool.run(chunks * logits.count) { task, _ in
      let (sample, chunk) = task.quotientAndRemainder(dividingBy: chunks)
      let start = chunk * Self.chunk
      let found = logits[sample].elements.withUnsafeBufferPointer { source in
        VoxelChunk(
          loss: loss, labels: labels(sample, start), source: source.baseAddress.unsafelyUnwrapped + start,
          result: first(probabilities, sample) + start, plane: voxels
        ).probabilities()
      }
      sums.withLock { $0[task] = found }
    }
    var total = LossSums(samples: logits.count, heads: loss.heads)
    for (task, found) in sums.withLock({ $0 }).enumerated() { found?.add(to: &total, sample: task / chunks) }
    return total
  }

  /// Turns `probabilities` into the gradient of the loss, times `weight`.
  func gradients(_ slopes: DiceSlopes, weight: Double, in probabilities: UnsafeMutableBufferPointer<Float>) {
    let chunks = chunksPerSample
    let share = Float(slopes.share * weight)
    let scaled = slopes.slopes.map {
      $0.map { HeadSlope(outside: Float($0.outside * weight), inside: Float($0.inside * weight)) }
    }
    loss.pool.run(chunks * logits.count) { task, _ in
      let (sample, chunk) = task.quotientAndRemainder(dividingBy: chunks)
      let start = first(probabilities, sample) + chunk * Self.chunk
      VoxelChunk(
        loss: loss, labels: labels(sample, chunk * Self.chunk), source: start, result: start, plane: voxels
      ).gradients(scaled[sample], share: share)
    }
  }

  private func first(_ values: UnsafeMutableBufferPointer<Float>, _ sample: Int) -> UnsafeMutablePointer<Float> {
    values.baseAddress.unsafelyUnwrapped + sample * loss.heads * voxels
  }

  /// The labels of a chunk as Float, padded to whole vectors.
  private func labels(_ sample: Int, _ start: Int) -> ChunkLabels {
    let values = targets[sample].values[start..<min(start + Self.chunk, voxels)]
    let ignore = loss.ignoreLabel.map { Int16($0) }
    let most = loss.regions == nil ? Int16(loss.heads - 1) : Int16.max
    let padded = (values.count + 15) / 16 * 16
    let labels = [Float](unsafeUninitializedCapacity: padded) { buffer, count in
      for (place, value) in values.enumerated() {
        let isIgnored = value == ignore
        precondition(isIgnored || (value >= 0 && value <= most), "a target that is neither a class nor ignored")
        buffer[place] = isIgnored ? Self.ignored : Float(value)
      }
      for place in values.count..<padded { buffer[place] = Self.ignored }
      count = padded
    }
    return ChunkLabels(values: labels, count: values.count)
  }
}
