internal import CKernels

/// dL/d weights in Winograd's domain: for every point the product of the transformed tiles of src and of dL/d dst, over all
/// tiles of the batch; then back to the taps.
struct WinogradWeightGradient {
  private let shape: ConvolutionShape
  private let tile: [Int]
  private let points: Int
  private let inputs: Int
  private let outputs: Int

  // Sums up to this size stay in a second-level cache: each part of the batch has its own, and goes through its tiles block by
  // block. Larger ones exist once: a group of tiles is transformed, and the points are dealt to the threads.
  private static let mostFloatsPerPart = 128 * 1024
  private static let floatsPerBlock = 192 * 1024
  // Tiles transformed at once.
  private static let floatsPerGroup = 1 << 20
  private static let tilesPerTask = 8

  init(_ shape: ConvolutionShape, tile: [Int]) {
    self.shape = shape
    self.tile = tile
    points = ConvolutionAlgorithm.winograd(tile: tile).points(shape)
    inputs = shape.sourceLayout.paddedChannels
    outputs = shape.outputLayout.paddedChannels
  }

  private var pointStride: Int { TransformedWeights.pointStride(inputs, outputs) }

  func run(
    _ src: [FeatureMap], _ gradient: [FeatureMap], into result: UnsafeMutablePointer<Float>, in workspace: Workspace
  ) {
    if points * inputs * outputs <= Self.mostFloatsPerPart {
      runParts(src, gradient, into: result, in: workspace)
    } else {
      runWhole(src, gradient, into: result, in: workspace)
    }
  }

  private func plan(_ extent: [Int], sourceStride: Int) -> vigil_winograd {
    let tiles = zip(extent, tile).map { ($0 + $1 - 1) / $1 }
    let chain = tile[0] == 1 ? 1 : (1...4).last { tiles[0] % $0 == 0 } ?? 1
    var plan = vigil_winograd()
    plan.tile = (tile[0], tile[1], tile[2])
    plan.extent = (extent[0], extent[1], extent[2])
    plan.tiles = (tiles[0], tiles[1], tiles[2])
    plan.chain = chain
    (plan.sources, plan.inner) = (1, inputs)
    plan.source_point_stride = sourceStride
    return plan
  }

  private func tiles(_ extent: [Int]) -> Int { zip(extent, tile).reduce(1) { $0 * (($1.0 + $1.1 - 1) / $1.1) } }

  private func runParts(
    _ src: [FeatureMap], _ gradient: [FeatureMap], into result: UnsafeMutablePointer<Float>, in workspace: Workspace
  ) {
    let extent = src[0].extent
    // A multiple of 4, so that chains stay whole.
    let size = max(8, Self.floatsPerBlock / (points * (inputs + outputs)) / 4 * 4)
    let blocks = BatchBlocks(samples: src.count, perSample: tiles(extent), size: size)
    let floats = points * pointStride
    let sums = workspace.transformed(blocks.parts * floats)
    // One line more than needed, so that the points do not fall on the same cache sets.
    let sourceStride = size * inputs + Int(VIGIL_LANES)
    let gradientStride = size * outputs + Int(VIGIL_LANES)
    var plan = plan(extent, sourceStride: sourceStride)
    let kernels = workspace.kernels
    withUnsafePointer(to: &plan) { plan in
      workspace.run(blocks.parts, scratch: points * (sourceStride + gradientStride)) { part, scratch in
        let other = scratch + points * sourceStride
        blocks.forEach(inPart: part) { sample, tiles, isFirst in
          src[sample].withSource { kernels.winograd_source(&$0, plan, tiles.lowerBound, tiles.count, scratch) }
          gradient[sample].withSource {
            kernels.gradients.pointee.winograd_gradient(
              &$0, plan, tiles.lowerBound, tiles.count, gradientStride, other)
          }
          for point in 0..<points {
            GradientProduct.transposed(
              scratch + point * sourceStride, inputs, other + point * gradientStride, outputs, m: inputs, n: outputs,
              k: tiles.count, into: sums.pointer + part * floats + point * pointStride, outputs, adding: !isFirst)
          }
        }
      }
    }
    taps(sums.pointer, parts: blocks.parts, into: result, in: workspace)
  }

  private func runWhole(
    _ src: [FeatureMap], _ gradient: [FeatureMap], into result: UnsafeMutablePointer<Float>, in workspace: Workspace
  ) {
    let extent = src[0].extent
    let perSample = tiles(extent)
    let floats = points * pointStride
    let size = min(src.count * perSample, tilesAtOnce)
    let sourceStride = size * inputs + Int(VIGIL_LANES)
    let gradientStride = size * outputs + Int(VIGIL_LANES)
    let buffer = workspace.transformed(floats + points * (sourceStride + gradientStride))
    let sources = buffer.pointer + floats
    let others = sources + points * sourceStride
    var plan = plan(extent, sourceStride: sourceStride)
    let kernels = workspace.kernels
    for first in stride(from: 0, to: src.count * perSample, by: size) {
      let pieces = pieces(first..<min(first + size, src.count * perSample), perSample)
      withUnsafePointer(to: &plan) { plan in
        workspace.run(2 * pieces.count, scratch: 0) { task, _ in
          let (sample, range, at) = pieces[task / 2]
          if task % 2 == 0 {
            src[sample].withSource {
              kernels.winograd_source(&$0, plan, range.lowerBound, range.count, sources + at * inputs)
            }
          } else {
            gradient[sample].withSource {
              kernels.gradients.pointee.winograd_gradient(
                &$0, plan, range.lowerBound, range.count, gradientStride, others + at * outputs)
            }
          }
        }
      }
      let count = min(size, src.count * perSample - first)
      workspace.run(points, scratch: 0) { point, _ in
        GradientProduct.transposed(
          sources + point * sourceStride, inputs, others + point * gradientStride, outputs, m: inputs, n: outputs,
          k: count, into: buffer.pointer + point * pointStride, outputs, adding: first > 0)
      }
    }
    taps(buffer.pointer, parts: 1, into: result, in: workspace)
  }

  // As many as stay in a third-level cache, and enough that going over the sums costs no more than going over the tiles.
  private var tilesAtOnce: Int {
    let cached = Self.floatsPerGroup / (points * (inputs + outputs))
    return max(cached, 2 * inputs * outputs / (inputs + outputs)) / Self.tilesPerTask * Self.tilesPerTask
  }

  // A range of the batch's tiles cut at the samples and into tasks, with the place of each in the group.
  private func pieces(_ range: Range<Int>, _ perSample: Int) -> [(sample: Int, tiles: Range<Int>, at: Int)] {
    var pieces: [(Int, Range<Int>, Int)] = []
    var next = range.lowerBound
    while next < range.upperBound {
      let start = next % perSample
      let count = min(Self.tilesPerTask - start % Self.tilesPerTask, perSample - start, range.upperBound - next)
      pieces.append((next / perSample, start..<start + count, next - range.lowerBound))
      next += count
    }
    return pieces
  }

  // From [parts][points][padded I][padded O], points `pointStride` apart, to [O, I, taps].
  private func taps(
    _ sums: UnsafePointer<Float>, parts: Int, into result: UnsafeMutablePointer<Float>, in workspace: Workspace
  ) {
    let lanes = Int(VIGIL_LANES)
    let positions = shape.sourceLayout.positions
    let kernel = workspace.kernels.gradients.pointee.winograd_taps
    let taps = shape.taps
    workspace.run(positions.count, scratch: taps * lanes) { i, scratch in
      for first in stride(from: 0, to: shape.outputChannels, by: lanes) {
        kernel?(
          sums + positions[i] * outputs + first, pointStride, parts, points * pointStride, tile, scratch)
        for lane in 0..<min(lanes, shape.outputChannels - first) {
          let to = result + ((first + lane) * positions.count + i) * taps
          for tap in 0..<taps { to[tap] = scratch[tap * lanes + lane] }
        }
      }
    }
  }
}
