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

  /// From dL/d result (`gradient`) to dL/d src in dst, which may be the gradient itself. `src` is what the convolution wrote, its
  /// pointwise part the norm's, `sums` those over it. Adds to dL/d weight and dL/d bias.
  public func callAsFunction(
    _ gradient: FeatureMap, src: FeatureMap, sums: ChannelSums, into dst: FeatureMap, weightGradient: inout [Double],
    biasGradient: inout [Double], in workspace: Workspace
  ) {
    guard let pointwise = src.pointwise else { preconditionFailure("the norm's part is on its map") }
    precondition(gradient.extent == src.extent && dst.extent == src.extent, "shapes fit")
    let count = Double(src.voxels)
    let means = sums.sum.map { $0 / count }
    let totals = self.totals(gradient, src, pointwise, means, workspace)
    let channels = weight.count
    // a, b, c of dst = a * dt + b * x + c, one after the other.
    let factors = AlignedBuffer(count: 3 * channels)
    for c in 0..<channels {
      let variance = max(0, sums.squares[c] / count - means[c] * means[c])
      let inverse = 1 / (variance + epsilon).squareRoot()
      let ofWeight = totals.squares[c] * inverse
      if c < weightGradient.count {
        weightGradient[c] += ofWeight
        biasGradient[c] += totals.sum[c]
      }
      let a = Double(weight[c]) * inverse
      let b = -a * inverse * ofWeight / count
      factors.pointer[c] = Float(a)
      factors.pointer[channels + c] = Float(b)
      factors.pointer[2 * channels + c] = Float(-a * totals.sum[c] / count - b * means[c])
    }
    let kernel = workspace.kernels.gradients.pointee.norm
    forEachBlock(src, workspace) { _, first, count in
      kernel?(
        gradient.base + first * gradient.voxelStride, gradient.voxelStride, src.base + first * src.voxelStride,
        src.voxelStride, vigil_pointwise(scale: pointwise.scale, shift: pointwise.shift, slope: pointwise.slope),
        factors.pointer, factors.pointer + channels, factors.pointer + 2 * channels, channels, count,
        dst.base + first * dst.voxelStride, dst.voxelStride)
    }
  }

  // The sums of dt and of dt * (x - mean).
  private func totals(
    _ gradient: FeatureMap, _ src: FeatureMap, _ pointwise: Pointwise, _ means: [Double], _ workspace: Workspace
  ) -> ChannelSums {
    let mean = AlignedBuffer(means.map { Float($0) })
    let kernel = workspace.kernels.gradients.pointee.norm_sums
    let slots = TaskSums(tasks: tasks(src), channels: weight.count)
    forEachBlock(src, workspace) { task, first, count in
      let (sum, products) = slots.slots(task)
      kernel?(
        gradient.base + first * gradient.voxelStride, gradient.voxelStride, src.base + first * src.voxelStride,
        src.voxelStride, vigil_pointwise(scale: pointwise.scale, shift: pointwise.shift, slope: pointwise.slope),
        mean.pointer, weight.count, count, sum, products)
    }
    return slots.total(voxels: src.voxels)
  }

  private func tasks(_ map: FeatureMap) -> Int { (map.voxels + Self.voxelsPerTask - 1) / Self.voxelsPerTask }

  private func forEachBlock(_ map: FeatureMap, _ workspace: Workspace, _ body: (Int, Int, Int) -> Void) {
    workspace.run(tasks(map), scratch: 0) { task, _ in
      let first = task * Self.voxelsPerTask
      body(task, first, min(Self.voxelsPerTask, map.voxels - first))
    }
  }
}
