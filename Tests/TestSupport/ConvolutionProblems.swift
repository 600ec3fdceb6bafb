public import Tensors

/// One convolution as a network has it: the same list is checked against the plain twin and timed by the benchmarks.
public struct ConvolutionProblem: Sendable, CustomStringConvertible {
  /// What it stands for.
  public let name: String
  /// Channels of src, one entry for each part of a concatenation.
  public let groups: [Int]
  /// Channels of dst.
  public let outputs: Int
  /// `[D, H, W]` of src.
  public let extent: [Int]
  /// Kernel and stride per axis.
  public let kernel: [Int]
  /// Steps per axis.
  public let stride: [Int]

  init(_ name: String, _ groups: [Int], _ outputs: Int, _ extent: [Int], _ kernel: [Int], _ stride: [Int] = [1, 1, 1]) {
    self.name = name
    self.groups = groups
    self.outputs = outputs
    self.extent = extent
    self.kernel = kernel
    self.stride = stride
  }

  /// The name and the sizes.
  public var description: String { "\(name) \(groups)->\(outputs) \(extent) k\(kernel) s\(stride)" }

  /// A map's layout: the network's input has few channels and no padding.
  public var layout: ChannelLayout {
    groups.count == 1 && groups[0] < 8 ? .unpadded(groups[0]) : ChannelLayout(groups: groups)
  }

  /// So many channels that Winograd's weights are not kept but made a few channels at a time, and that products are cut by columns too.
  public static let wide: [ConvolutionProblem] = [
    .init("more weights than are kept", [150, 150], 320, [4, 4, 4], [3, 3, 3]),
    .init("the same in 2D", [300], 360, [1, 8, 8], [1, 3, 3]),
  ]

  /// Small enough for the plain twin.
  public static let small: [ConvolutionProblem] = [
    .init("first layer", [1], 16, [6, 7, 9], [3, 3, 3]),
    .init("four modalities", [4], 30, [5, 6, 7], [3, 3, 3]),
    .init("first layer, anisotropic", [2], 8, [4, 9, 10], [1, 3, 3]),
    .init("first layer, wide", [1], 40, [3, 4, 29], [3, 3, 3]),
    .init("first layer, five taps, strided", [3], 16, [3, 5, 41], [3, 5, 5], [1, 2, 2]),
    .init("plain", [16], 16, [8, 8, 8], [3, 3, 3]),
    .init("odd size", [16], 32, [5, 7, 9], [3, 3, 3]),
    .init("odd channels", [30], 20, [6, 5, 4], [3, 3, 3]),
    .init("anisotropic", [32], 16, [3, 9, 12], [1, 3, 3]),
    .init("anisotropic in the last axis", [16], 16, [6, 5, 4], [3, 3, 1]),
    .init("2D", [16], 16, [1, 14, 11], [1, 3, 3]),
    .init("strided", [16], 32, [8, 8, 8], [3, 3, 3], [2, 2, 2]),
    .init("strided, odd size", [16], 32, [5, 7, 9], [3, 3, 3], [2, 2, 2]),
    .init("strided in plane", [32], 40, [4, 8, 10], [3, 3, 3], [1, 2, 2]),
    .init("2D strided", [8], 16, [1, 12, 10], [1, 3, 3], [1, 2, 2]),
    .init("concatenation", [16, 16], 16, [4, 6, 7], [3, 3, 3]),
    .init("concatenation, odd channels", [10, 10], 10, [4, 6, 7], [3, 3, 3]),
    .init("projection", [24], 48, [3, 4, 5], [1, 1, 1]),
    .init("five taps", [16], 16, [7, 6, 8], [5, 5, 5]),
    .init("one slice deep", [16], 16, [1, 5, 6], [3, 3, 3]),
    .init("two voxels wide", [64], 64, [2, 2, 2], [3, 3, 3]),
    .init("bottleneck", [96], 160, [4, 4, 4], [3, 3, 3]),
    .init("many channels", [128], 64, [4, 6, 5], [3, 3, 3]),
  ]
}
