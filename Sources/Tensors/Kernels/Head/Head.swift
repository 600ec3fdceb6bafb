internal import CKernels
internal import Synchronization

/// The segmentation layer: a 1x1x1 convolution with bias whose result is planar, `[K, D, H, W]`.
public struct Head: Sendable {
  /// Channels of src as they lie in memory.
  public let sourceLayout: ChannelLayout
  /// Classes, K.
  public let outputChannels: Int
  // Padded C of src rows of padded K.
  private let weights: ProductWeights
  private let bias: AlignedBuffer

  private static let voxelsPerTask = 512

  /// `weights` `[K, C]` or `[K, C, 1, 1, 1]`; `bias` `[K]` or nil.
  public init(weights: Tensor, bias: [Float]?, sourceLayout: ChannelLayout) {
    self.sourceLayout = sourceLayout
    outputChannels = weights.shape[0]
    self.bias = AlignedBuffer(bias ?? Array(repeating: 0, count: outputChannels))
    self.weights = ProductWeights(
      rows: sourceLayout.paddedChannels, columns: ChannelLayout(groups: [outputChannels]).paddedChannels)
    for k in 0..<outputChannels {
      for (c, position) in sourceLayout.positions.enumerated() {
        self.weights.set(weights.elements[k * sourceLayout.channels + c], row: position, column: k)
      }
    }
  }

  /// Operations for a src of `extent`.
  public func operations(_ extent: [Int]) -> Int { extent.reduce(2 * sourceLayout.channels * outputChannels, *) }

  /// `[K, D, H, W]`.
  public func callAsFunction(_ src: FeatureMap, in workspace: Workspace) -> Tensor {
    let (width, voxels) = (src.extent[2], src.voxels)
    let elements = [Float](unsafeUninitializedCapacity: outputChannels * voxels) { dst, count in
      if let base = dst.baseAddress {
        forEachLine(src, scratch: 0, in: workspace) { line, product, _, kernels in
          kernels.planes(
            product, weights.columns, bias.pointer, width, outputChannels, base + line * width, voxels, 1, 0)
        }
      }
      count = outputChannels * voxels
    }
    return Tensor(shape: [outputChannels] + src.extent, elements: elements)
  }

  /// Adds the result, reversed along the axes `mirrored` (of `[D, H, W]`), times `importance` `[D, H, W]` and `factor` to the box of
  /// `sum` `[K, D, H, W]` that begins at `origin`. The box may reach beyond the sum: nothing is written there. The result of the lines
  /// within the sum is added to `own` `[K, D, H, W]` of the box too, where there is one, reversed but not weighted.
  ///
  /// Returns the first channel with a value that is NaN or infinite; nil where all are finite.
  public func accumulate(
    _ src: FeatureMap, mirrored: [Int], importance: Tensor, factor: Float, origin: [Int], into sum: inout Tensor,
    and own: inout Tensor?, in workspace: Workspace
  ) -> Int? {
    precondition(own.map { $0.shape == [outputChannels] + src.extent } ?? true, "shapes fit")
    guard own != nil else {
      return accumulate(
        src, mirrored: mirrored, importance: importance, factor: factor, origin: origin, into: &sum, own: nil,
        in: workspace)
    }
    return own?.elements.withUnsafeMutableBufferPointer { own in
      accumulate(
        src, mirrored: mirrored, importance: importance, factor: factor, origin: origin, into: &sum,
        own: own.baseAddress, in: workspace)
    } ?? nil
  }

  private func accumulate(
    _ src: FeatureMap, mirrored: [Int], importance: Tensor, factor: Float, origin: [Int], into sum: inout Tensor,
    own: UnsafeMutablePointer<Float>?, in workspace: Workspace
  ) -> Int? {
    let (height, width, size) = (src.extent[1], src.extent[2], Array(sum.shape[1...]))
    precondition(sum.shape[0] == outputChannels && importance.shape == src.extent, "shapes fit")
    let overlap = Overlap(origin: origin, extent: src.extent, size: size)
    let voxels = size.reduce(1, *)
    let flip = (0..<3).map { mirrored.contains($0) }
    let notFinite = Mutex<Int?>(nil)
    sum.elements.withUnsafeMutableBufferPointer { sum in
      importance.elements.withUnsafeBufferPointer { importance in
        guard let sum = sum.baseAddress, let importance = importance.baseAddress else { return }
        forEachLine(src, scratch: outputChannels * width, in: workspace) { line, product, values, kernels in
          let z = flip[0] ? src.extent[0] - 1 - line / height : line / height
          let y = flip[1] ? height - 1 - line % height : line % height
          guard let target = overlap.line(z: z, y: y) else { return }
          kernels.planes(
            product, weights.columns, bias.pointer, width, outputChannels, values + (flip[2] ? width - 1 : 0), width,
            flip[2] ? -1 : 1, 0)
          let (x, weight) = (overlap.x, importance + (z * height + y) * width + overlap.x.lowerBound)
          for channel in 0..<outputChannels {
            let from = values + channel * width + x.lowerBound
            if !Self.isFinite(from, x.count) { notFinite.withLock { $0 = min($0 ?? channel, channel) } }
            kernels.accumulate(from, weight, factor, x.count, sum + channel * voxels + target + x.lowerBound)
            guard let own else { continue }
            let line = own + (channel * src.voxels + (z * height + y) * width + x.lowerBound)
            for index in 0..<x.count { line[index] += from[index] }
          }
        }
      }
    }
    return notFinite.withLock { $0 }
  }

  // An exponent of ones, which NaN and the infinities alone have, and one more overflow into the sign's bit.
  private static func isFinite(_ values: UnsafePointer<Float>, _ count: Int) -> Bool {
    var bits: UInt32 = 0
    for index in 0..<count { bits |= (values[index].bitPattern & 0x7f80_0000) &+ 0x0080_0000 }
    return bits >> 31 == 0
  }

  // Calls `body(line, its product with the weights, scratch, kernels)` for every line of src, several lines a task.
  private func forEachLine(
    _ src: FeatureMap, scratch more: Int, in workspace: Workspace,
    _ body: (Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, vigil_kernels) -> Void
  ) {
    precondition(src.layout == sourceLayout, "shapes fit")
    let inner = sourceLayout.paddedChannels
    let (lines, width) = (src.extent[0] * src.extent[1], src.extent[2])
    let perTask = max(1, Self.voxelsPerTask / width)
    let kernels = workspace.kernels
    var one = ConvolutionShape(sourceLayout: sourceLayout, outputChannels: 1, kernel: [1, 1, 1]).window(src.extent)
    let rows = perTask * width
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: &one) { one in
          workspace.run((lines + perTask - 1) / perTask, scratch: rows * (inner + weights.columns) + more) {
            task, scratch in
            let own = task * perTask..<min((task + 1) * perTask, lines)
            let product = scratch + rows * inner
            kernels.rows(source, one, 0, 1, own.lowerBound * width, own.count * width, scratch)
            weights.multiply(
              scratch, stride: inner, count: own.count * width, columns: 0..<weights.columns, into: product,
              stride: weights.columns, adding: false)
            for (i, line) in own.enumerated() {
              body(line, product + i * width * weights.columns, product + rows * weights.columns, kernels)
            }
          }
        }
      }
    }
  }
}
