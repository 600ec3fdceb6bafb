internal import CKernels

/// The way back through an instance norm and its LeakyReLU (Ioffe, Szegedy 2015, section 3, over the voxels of one sample).
public struct NormGradient: Sendable {
  // Per padded channel.
  private let weight: [Float]
  private let epsilon: Double

  private static let voxelsPerTask = 4096

  /// `weight` per channel, as the norm has it.
  public init(weight: [Float], epsilon: Double) {
    let layout = ChannelLayout(groups: [weight.count])
    self.weight = weight + [Float](repeating: 0, count: layout.paddedChannels - weight.count)
    self.epsilon = epsilon
  }

  /// From dL/d result (`gradient`) to dL/d src in dst, which may be the gradient itself, of a batch. `src` is what the convolution
  /// wrote, its pointwise part the norm's, `sums` those over it. Adds to dL/d weight and dL/d bias.
  public func callAsFunction(
    _ gradient: [FeatureMap], src: [FeatureMap], sums: [ChannelSums], into dst: [FeatureMap],
    weightGradient: inout [Double], biasGradient: inout [Double], in workspace: Workspace
  ) {
    guard let voxels = src.first?.voxels else { return }
    precondition(
      src.indices.allSatisfy {
        gradient[$0].extent == src[$0].extent && dst[$0].extent == src[$0].extent && src[$0].voxels == voxels
      }, "shapes fit")
    let channels = weight.count
    let perMap = (voxels + Self.voxelsPerTask - 1) / Self.voxelsPerTask
    let means = AlignedBuffer(sums.flatMap { sums in sums.sum.map { Float($0 / Double(voxels)) } })
    let totals = TaskSums(tasks: src.count * perMap, channels: channels)
    let kernels = workspace.kernels.gradients.pointee
    workspace.run(src.count * perMap, scratch: 0) { task, _ in
      let (i, first) = (task / perMap, task % perMap * Self.voxelsPerTask)
      let (sum, products) = totals.slots(task)
      let (from, map) = (gradient[i], src[i])
      kernels.norm_sums(
        from.base + first * from.voxelStride, from.voxelStride, map.base + first * map.voxelStride, map.voxelStride,
        Self.part(map), means.pointer + i * channels, channels, min(Self.voxelsPerTask, voxels - first), sum, products)
    }
    // a, b, c of dst = a * dt + b * x + c, for every map.
    let factors = AlignedBuffer(
      zip(sums, totals.totals(maps: src.count, voxels: voxels)).flatMap { sums, totals in
        self.factors(sums, totals, &weightGradient, &biasGradient)
      })
    workspace.run(src.count * perMap, scratch: 0) { task, _ in
      let (i, first) = (task / perMap, task % perMap * Self.voxelsPerTask)
      let (from, map, to) = (gradient[i], src[i], dst[i])
      let a = factors.pointer + 3 * i * channels
      kernels.norm(
        from.base + first * from.voxelStride, from.voxelStride, map.base + first * map.voxelStride, map.voxelStride,
        Self.part(map), a, a + channels, a + 2 * channels, channels, min(Self.voxelsPerTask, voxels - first),
        to.base + first * to.voxelStride, to.voxelStride)
    }
  }

  private static func part(_ map: FeatureMap) -> vigil_pointwise {
    guard let part = map.pointwise else { preconditionFailure("the norm's part is on its map") }
    return vigil_pointwise(scale: part.scale, shift: part.shift, slope: part.slope)
  }

  // `totals`: the sums of dt and of dt * (x - mean).
  private func factors(
    _ sums: ChannelSums, _ totals: ChannelSums, _ weightGradient: inout [Double], _ biasGradient: inout [Double]
  ) -> [Float] {
    let (channels, count) = (weight.count, Double(sums.voxels))
    var factors = [Float](repeating: 0, count: 3 * channels)
    for c in 0..<channels {
      let mean = sums.sum[c] / count
      let inverse = 1 / (max(0, sums.squares[c] / count - mean * mean) + epsilon).squareRoot()
      let ofWeight = totals.squares[c] * inverse
      if c < weightGradient.count {
        weightGradient[c] += ofWeight
        biasGradient[c] += totals.sum[c]
      }
      let a = Double(weight[c]) * inverse
      let b = -a * inverse * ofWeight / count
      factors[c] = Float(a)
      factors[channels + c] = Float(b)
      factors[2 * channels + c] = Float(-a * totals.sum[c] / count - b * mean)
    }
    return factors
  }
}
