internal import CKernels
internal import COpenBLAS

/// Winograd's filtering of a batch of small maps: the tiles of many maps are transformed side by side, every point is one product over
/// all of them, and each map is transformed back. One small map's tiles alone would make products of a few rows.
struct WinogradBatch {
  private let shape: ConvolutionShape
  private let tile: [Int]
  private let points: Int
  private let weights: AlignedBuffer
  private let inputs: Int
  private let outputs: Int

  // Transformed tiles and their products, of the maps that go together: they stay in a third-level cache.
  private static let mostFloats = 4 << 20
  // Rows of one product: points are dealt to the threads in stretches of so many tiles.
  private static let rowsPerTask = 256
  // Tiles transformed by one task.
  private static let tilesPerTask = 8

  /// `weights` as `TransformedWeights.all` gives them.
  init(_ shape: ConvolutionShape, tile: [Int], points: Int, weights: AlignedBuffer) {
    self.shape = shape
    self.tile = tile
    self.points = points
    self.weights = weights
    inputs = shape.sourceLayout.paddedChannels
    outputs = shape.outputLayout.paddedChannels
  }

  func run(_ src: [FeatureMap], into dst: [FeatureMap], in workspace: Workspace) -> [ChannelSums] {
    let tiles = zip(src[0].extent, tile).reduce(1) { $0 * (($1.0 + $1.1 - 1) / $1.1) }
    let together = max(1, Self.mostFloats / (points * tiles * (inputs + outputs)))
    // Groups of nearly one size.
    let groups = (src.count + together - 1) / together
    return (0..<groups).flatMap { group in
      let maps = src.count * group / groups..<src.count * (group + 1) / groups
      return run(Array(src[maps]), Array(dst[maps]), tiles: tiles, workspace)
    }
  }

  private func run(
    _ src: [FeatureMap], _ dst: [FeatureMap], tiles: Int, _ workspace: Workspace
  ) -> [ChannelSums] {
    let rows = src.count * tiles
    // One line more than needed, so that the points do not fall on the same cache sets.
    let sourceStride = rows * inputs + Int(VIGIL_LANES)
    let resultStride = rows * outputs + Int(VIGIL_LANES)
    let transformed = workspace.transformed(points * (sourceStride + resultStride)).pointer
    let products = transformed + points * sourceStride
    let plan = plan(src[0].extent, sourceStride, resultStride)
    let pieces = (tiles + Self.tilesPerTask - 1) / Self.tilesPerTask
    let piece = { (task: Int) in
      let first = task % pieces * Self.tilesPerTask
      return (map: task / pieces, first: first, count: min(Self.tilesPerTask, tiles - first))
    }
    let sums = TaskSums(tasks: src.count * pieces, channels: outputs)
    let kernels = workspace.kernels
    FeatureMap.withSources(src) { sources in
      withUnsafePointer(to: plan) { plan in
        workspace.run(src.count * pieces, scratch: 0) { task, _ in
          let (map, first, count) = piece(task)
          kernels.winograd_source(sources + map, plan, first, count, transformed + (map * tiles + first) * inputs)
        }
        let stretches = (rows + Self.rowsPerTask - 1) / Self.rowsPerTask
        let weightStride = TransformedWeights.pointStride(inputs, outputs)
        workspace.run(points * stretches, scratch: 0) { task, _ in
          let (point, first) = (task / stretches, rows * (task % stretches) / stretches)
          let count = rows * (task % stretches + 1) / stretches - first
          vigil_product(
            count, outputs, inputs, transformed + point * sourceStride + first * inputs, inputs,
            weights.pointer + point * weightStride, outputs, products + point * resultStride + first * outputs,
            outputs)
        }
        workspace.run(src.count * pieces, scratch: 0) { task, _ in
          let (map, first, count) = piece(task)
          let (sum, squares) = sums.slots(task)
          kernels.winograd_write(
            products + (map * tiles + first) * outputs, plan, first, count, outputs, dst[map].base,
            dst[map].voxelStride, sum, squares)
        }
      }
    }
    return sums.totals(maps: src.count, voxels: dst[0].voxels)
  }

  private func plan(_ extent: [Int], _ sourceStride: Int, _ resultStride: Int) -> vigil_winograd {
    let tiles = zip(extent, tile).map { ($0 + $1 - 1) / $1 }
    var plan = vigil_winograd()
    plan.tile = (tile[0], tile[1], tile[2])
    plan.extent = (extent[0], extent[1], extent[2])
    plan.tiles = (tiles[0], tiles[1], tiles[2])
    plan.chain = 1
    (plan.sources, plan.inner) = (1, inputs)
    plan.source_point_stride = sourceStride
    plan.result_point_stride = resultStride
    return plan
  }
}
