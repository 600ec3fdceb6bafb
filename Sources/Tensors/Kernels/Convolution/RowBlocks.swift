/// How an im2row convolution is cut into tasks: blocks of output voxels, and of output channels where there are few
/// voxels. A function of the shape alone, so that results do not depend on the number of threads.
struct RowBlocks {
  /// Lines of the kernel, `kz * ky`, and floats of one: `kx` taps of all channels.
  let lines: Int
  let floatsPerLine: Int
  /// Lines whose rows are multiplied at once.
  let linesPerProduct: Int
  private let voxels: Int
  private let voxelsPerTask: Int
  private let channels: Int
  private let channelsPerTask: Int

  // Rows of about 1000 floats keep the product efficient; 128 of them (512 KiB) stay in a second-level cache.
  private static let floatsPerRow = 1024
  private static let floatsPerBlock = 128 * 1024
  private static let mostVoxels = 512
  // Fewer tasks than this would leave threads idle at the end; narrower columns would waste the im2row.
  private static let fewestTasks = 8
  private static let fewestChannels = 64

  init(_ shape: ConvolutionShape, voxels: Int) {
    lines = shape.kernel[0] * shape.kernel[1]
    floatsPerLine = shape.kernel[2] * shape.sourceLayout.paddedChannels
    linesPerProduct = min(lines, max(1, Self.floatsPerRow / floatsPerLine))
    let row = linesPerProduct * floatsPerLine
    self.voxels = voxels
    voxelsPerTask = min(voxels, max(16, min(Self.mostVoxels, Self.floatsPerBlock / row)))
    channels = shape.outputLayout.paddedChannels
    let few = (voxels + voxelsPerTask - 1) / voxelsPerTask < Self.fewestTasks
    channelsPerTask = few ? min(channels, Self.fewestChannels) : channels
  }

  var scratchFloats: Int { voxelsPerTask * linesPerProduct * floatsPerLine }

  private var columnTasks: Int { (channels + channelsPerTask - 1) / channelsPerTask }

  var tasks: Int { (voxels + voxelsPerTask - 1) / voxelsPerTask * columnTasks }

  /// Output voxels (in z, y, x order) and output channels of a task.
  func task(_ index: Int) -> (voxels: Range<Int>, channels: Range<Int>) {
    let first = index / columnTasks * voxelsPerTask
    let channel = index % columnTasks * channelsPerTask
    return (first..<min(first + voxelsPerTask, voxels), channel..<min(channel + channelsPerTask, channels))
  }
}
