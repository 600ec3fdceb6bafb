internal import CKernels

/// What a convolution is, apart from its weights: kernel and stride per axis `[D, H, W]`, channels. The padding is
/// `(kernel - 1) / 2` on each side and the dilation 1, as in every network nnU-Net plans. 2D is a depth-1 kernel.
public struct ConvolutionShape: Sendable, Equatable {
  /// Channels of src, as they lie in memory.
  public let sourceLayout: ChannelLayout
  /// Channels of dst.
  public let outputChannels: Int
  /// Odd lengths per axis.
  public let kernel: [Int]
  /// Steps per axis.
  public let stride: [Int]
  /// Voxels of dst, along an axis, that Winograd's filtering makes at once, at most: 4, or 2 where rounding counts for more than time.
  /// F(4, 3) errs by some 5e-5 of the result's rms at most, F(2, 3) by 1e-6, as the sums themselves do.
  public let largestTile: Int

  /// `kernel` and `stride` have three entries.
  public init(
    sourceLayout: ChannelLayout, outputChannels: Int, kernel: [Int], stride: [Int] = [1, 1, 1], largestTile: Int = 4
  ) {
    precondition(
      kernel.count == 3 && stride.count == 3 && kernel.allSatisfy { $0 % 2 == 1 }, "three odd kernel lengths")
    self.sourceLayout = sourceLayout
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.largestTile = largestTile
  }

  /// Layout of dst.
  public var outputLayout: ChannelLayout { ChannelLayout(groups: [outputChannels]) }

  /// `[D, H, W]` of dst for a src of `extent`: `(n + 2p - k) / s + 1`.
  public func outputExtent(_ extent: [Int]) -> [Int] { (0..<3).map { (extent[$0] - 1) / stride[$0] + 1 } }

  /// Operations of the direct algorithm (a multiplication and an addition count two) for a src of `extent`.
  public func operations(_ extent: [Int]) -> Int {
    (outputExtent(extent) + kernel).reduce(2 * sourceLayout.channels * outputChannels, *)
  }

  /// Kernel taps, `kz * ky * kx`.
  var taps: Int { kernel.reduce(1, *) }

  func window(_ extent: [Int]) -> vigil_window {
    let out = outputExtent(extent)
    return vigil_window(
      kernel: (kernel[0], kernel[1], kernel[2]), stride: (stride[0], stride[1], stride[2]),
      padding: (kernel[0] / 2, kernel[1] / 2, kernel[2] / 2), out_height: out[1], out_width: out[2])
  }
}
