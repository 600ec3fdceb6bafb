internal import CKernels

/// Sums and sums of squares over the voxels of a map, per padded channel: what an instance norm needs.
public struct ChannelSums: Sendable {
  /// Voxels summed over.
  public let voxels: Int
  /// Per channel.
  public let sum: [Double]
  /// Per channel.
  public let squares: [Double]

  init(voxels: Int, sum: [Double], squares: [Double]) {
    self.voxels = voxels
    self.sum = sum
    self.squares = squares
  }

  /// Over a map as it lies in memory (its pointwise part not applied), where no convolution gathered them.
  public init(over map: FeatureMap, in workspace: Workspace) {
    let block = 4096
    let tasks = (map.voxels + block - 1) / block
    let sums = TaskSums(tasks: tasks, channels: map.layout.paddedChannels)
    let kernels = workspace.kernels
    workspace.run(tasks, scratch: 0) { task, _ in
      let first = task * block
      let (sum, squares) = sums.slots(task)
      kernels.sums(
        map.base + first * map.voxelStride, map.voxelStride, map.layout.paddedChannels, min(block, map.voxels - first),
        sum, squares)
    }
    self = sums.total(voxels: map.voxels)
  }
}

/// The sums of each task, added up in the order of the tasks whichever thread ran them.
final class TaskSums {
  private let tasks: Int
  private let channels: Int
  private let slots: UnsafeMutablePointer<Double>

  init(tasks: Int, channels: Int) {
    self.tasks = tasks
    self.channels = channels
    slots = .allocate(capacity: 2 * tasks * channels)
    slots.initialize(repeating: 0, count: 2 * tasks * channels)
  }

  deinit { slots.deallocate() }

  func slots(_ task: Int) -> (sum: UnsafeMutablePointer<Double>, squares: UnsafeMutablePointer<Double>) {
    let sum = slots + 2 * task * channels
    return (sum, sum + channels)
  }

  func total(voxels: Int) -> ChannelSums { total(0..<tasks, voxels: voxels) }

  /// Of several maps that have the same number of consecutive tasks each.
  func totals(maps: Int, voxels: Int) -> [ChannelSums] {
    let perMap = tasks / max(1, maps)
    return (0..<maps).map { total($0 * perMap..<($0 + 1) * perMap, voxels: voxels) }
  }

  private func total(_ tasks: Range<Int>, voxels: Int) -> ChannelSums {
    var sum = [Double](repeating: 0, count: channels)
    var squares = sum
    for task in tasks {
      let slot = slots(task)
      for c in 0..<channels {
        sum[c] += slot.sum[c]
        squares[c] += slot.squares[c]
      }
    }
    return ChannelSums(voxels: voxels, sum: sum, squares: squares)
  }
}
