internal import CKernels

/// How the channels of a feature map lie within a voxel.
///
/// Vectors run over channels, so a map has a multiple of 16 of them, the rest zero. A concatenation keeps the padding
/// of each part: `groups: [30, 30]` is 30 channels, 2 zeros, 30 channels, 2 zeros.
public struct ChannelLayout: Sendable, Equatable {
  /// Channels of each part, in order.
  public let groups: [Int]
  /// Each part is padded to a multiple of this: 16, or 1 for the network's input.
  public let multiple: Int

  /// A padded layout.
  public init(groups: [Int]) {
    self.groups = groups
    multiple = Int(VIGIL_LANES)
  }

  /// `channels` without padding: the network's input, of one or a few channels.
  public static func unpadded(_ channels: Int) -> ChannelLayout { ChannelLayout(groups: [channels], multiple: 1) }

  private init(groups: [Int], multiple: Int) {
    self.groups = groups
    self.multiple = multiple
  }

  /// Channels without padding.
  public var channels: Int { groups.reduce(0, +) }

  /// Floats per voxel.
  public var paddedChannels: Int { groups.reduce(0) { $0 + Self.padded($1, to: multiple) } }

  /// Where each channel lies within the voxel.
  public var positions: [Int] {
    var start = 0
    return groups.flatMap { group in
      defer { start += Self.padded(group, to: multiple) }
      return start..<start + group
    }
  }

  private static func padded(_ count: Int, to multiple: Int) -> Int { (count + multiple - 1) / multiple * multiple }
}
