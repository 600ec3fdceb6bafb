internal import CKernels

/// The way back through a segmentation layer, a 1x1x1 convolution with bias whose result is planar.
public struct HeadGradient: Sendable {
  private let sourceLayout: ChannelLayout
  private let classes: Int
  // K rows of padded C of src.
  private let weights: AlignedBuffer

  private static let voxelsPerBlock = 512

  /// `weights` `[K, C]` or `[K, C, 1, 1, 1]`.
  public init(weights: Tensor, sourceLayout: ChannelLayout) {
    OpenBLAS.load()
    self.sourceLayout = sourceLayout
    classes = weights.shape[0]
    let inputs = sourceLayout.paddedChannels
    self.weights = AlignedBuffer(count: classes * inputs)
    self.weights.pointer.update(repeating: 0, count: classes * inputs)
    for k in 0..<classes {
      for (c, position) in sourceLayout.positions.enumerated() {
        self.weights.pointer[k * inputs + position] = weights.elements[k * sourceLayout.channels + c]
      }
    }
  }

  /// From dL/d logits `[K, D, H, W]` of each sample to dL/d src in `result` (or `adding` to it), to dL/d weights and to dL/d bias, summed over the
  /// batch.
  public func callAsFunction(
    _ gradient: [Tensor], src: [FeatureMap], into result: [FeatureMap], adding: Bool,
    weightGradient: inout ArraySlice<Float>, biasGradient: inout [Double], in workspace: Workspace
  ) {
    precondition(zip(gradient, src).allSatisfy { $0.shape == [classes] + $1.extent }, "shapes fit")
    let inputs = sourceLayout.paddedChannels
    let voxels = src[0].voxels
    let blocks = BatchBlocks(samples: src.count, perSample: voxels, size: Self.voxelsPerBlock)
    let sums = workspace.transformed(blocks.parts * classes * inputs)
    let planeSums = TaskSums(tasks: blocks.parts, channels: classes)
    let kernels = workspace.kernels
    workspace.run(blocks.parts, scratch: Self.voxelsPerBlock * inputs + Int(VIGIL_LANES)) { part, scratch in
      blocks.forEach(inPart: part) { sample, range, isFirst in
        var one = vigil_window(pooling: [1, 1, 1], outputExtent: src[sample].extent)
        src[sample].withSource { kernels.rows(&$0, &one, 0, 1, range.lowerBound, range.count, scratch) }
        gradient[sample].elements.withUnsafeBufferPointer { planes in
          guard let planes = planes.baseAddress else { return }
          let to = result[sample]
          GradientProduct.transposed(
            planes + range.lowerBound, voxels, weights.pointer, inputs, m: range.count, n: inputs, k: classes,
            into: to.base + range.lowerBound * to.voxelStride, to.voxelStride, adding: adding)
          GradientProduct.plain(
            planes + range.lowerBound, voxels, scratch, inputs, m: classes, n: inputs, k: range.count,
            into: sums.pointer + part * classes * inputs, inputs, adding: !isFirst)
          for k in 0..<classes {
            planeSums.slots(part).sum[k] += Self.sum(planes + k * voxels + range.lowerBound, range.count)
          }
        }
      }
    }
    for (k, sum) in planeSums.total(voxels: voxels).sum.enumerated() { biasGradient[k] += sum }
    let start = weightGradient.startIndex
    for k in 0..<classes {
      for (c, position) in sourceLayout.positions.enumerated() {
        weightGradient[start + k * sourceLayout.channels + c] = (0..<blocks.parts).reduce(0) {
          $0 + sums.pointer[($1 * classes + k) * inputs + position]
        }
      }
    }
  }

  // Of consecutive floats, sixteen sums side by side.
  private static func sum(_ values: UnsafePointer<Float>, _ count: Int) -> Double {
    var sums = SIMD16<Float>()
    let whole = count / 16 * 16
    let raw = UnsafeRawPointer(values)
    for i in stride(from: 0, to: whole, by: 16) {
      sums += raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD16<Float>.self)
    }
    let rest = (whole..<count).reduce(0.0) { $0 + Double(values[$1]) }
    return (0..<16).reduce(rest) { $0 + Double(sums[$1]) }
  }
}
