internal import CKernels
internal import COpenBLAS

/// How a Winograd convolution is cut into tasks. A function of the shape alone, so that results do not depend on the number
/// of threads.
struct WinogradBlocks {
  /// All tiles of the map.
  let tiles: Int
  /// Few tiles: transform them all, then cut the work by channels of dst, so that the weights are read once. Otherwise
  /// tasks are strips of tiles.
  let isWhole: Bool
  let channelsAtOnce: Int
  /// Layers of tiles along z whose strips run one layer after the other; 1 where nothing slides.
  let layers: Int
  private let tile: [Int]
  private let points: Int
  private let extent: [Int]
  private let perAxis: [Int]
  private let chain: Int
  private let block: Int
  private let inputs: Int
  private let outputs: Int

  // Tiles whose transform (216 points of 256 channels, 4 bytes) still fits a third-level cache.
  private static let mostWholeTiles = 100
  // While the transformed weights stay in a third-level cache, blocks are small, so that their points stay in the second
  // level (1 MiB); larger weights are read less often by larger blocks.
  private static let cachedWeightFloats = 2 << 20
  private static let smallBlock = (tiles: 16, channels: 64)
  // Few channels allow more tiles in that space, and fewer calls for the products.
  private static let smallBlockFloats = 216 * 1024
  private static let largeBlock = (tiles: 64, channels: 128)
  // 16 MiB for each thread.
  private static let mostBlockFloats = 4 << 20
  // More tiles above one another share more of their source, but read it in shorter stretches.
  private static let longestChain = 4
  // A pair of vectors is what the product keeps in registers.
  private static let vectorPair = 32
  // Channels of src whose weights are transformed at once, where they are not kept: 36 points of 128 x 32 are 576 KiB, and stay in the
  // second-level cache until they are multiplied. In 3D points are more, but sums over fewer channels than 64 are added up too often.
  private static let weightsAtOnce = 36 * 128
  private static let fewestInputs = 64

  /// `sliding`: strips stay within layers, of one chain of tiles each.
  init(_ shape: ConvolutionShape, tile: [Int], points: Int, extent: [Int], sliding: Bool = false) {
    self.tile = tile
    self.points = points
    self.extent = extent
    inputs = shape.sourceLayout.paddedChannels
    outputs = shape.outputLayout.paddedChannels
    perAxis = zip(extent, tile).map { ($0 + $1 - 1) / $1 }
    tiles = perAxis.reduce(1, *)
    let depth = perAxis[0]
    let longest = sliding ? SlidingRoom.chain(extent[0]) : Self.longestChain
    chain = tile[0] == 1 ? 1 : (1...longest).last { depth % $0 == 0 } ?? 1
    isWhole = !sliding && tiles <= Self.mostWholeTiles
    layers = sliding ? depth / chain : 1
    let size = points * inputs * outputs > Self.cachedWeightFloats ? Self.largeBlock : Self.smallBlock
    channelsAtOnce = min(outputs, isWhole ? Self.vectorPair : size.channels)
    let fitting = Self.smallBlockFloats / (points * (inputs + channelsAtOnce))
    let most = max(Self.smallBlock.tiles, Self.mostBlockFloats / (points * (inputs + channelsAtOnce)))
    block = max(chain, min(most, max(size.tiles, min(fitting, Self.largeBlock.tiles))) / chain * chain)
  }

  /// Channels of src, in whole vectors, whose weights a task of a whole map transforms at once, where they are not kept.
  var inputsAtOnce: Int {
    let lanes = Int(VIGIL_LANES)
    return min(inputs, max(Self.fewestInputs, Self.weightsAtOnce / points / lanes * lanes))
  }

  /// Floats of those weights.
  var weightFloatsAtOnce: Int { points * TransformedWeights.pointStride(inputsAtOnce, channelsAtOnce) }

  /// Floats of scratch memory for a strip.
  var scratchFloats: Int { points * (sourceStride + resultStride) }

  /// Floats of the products of all points, for the channels that are multiplied at once.
  var productFloats: Int { points * resultStride }

  /// Floats of the transform of all tiles.
  var wholeFloats: Int { points * sourceStride }

  // One line more than needed, so that the points do not fall on the same cache sets.
  private var sourceStride: Int { (isWhole ? tiles : block) * inputs + Int(VIGIL_LANES) }
  private var resultStride: Int { (isWhole ? tiles : block) * channelsAtOnce + Int(VIGIL_LANES) }

  // A row of tiles (their chains) or a few blocks.
  private var stripTiles: Int {
    isWhole ? max(chain, 8 / chain * chain) : max(block, perAxis[2] * chain / block * block)
  }

  private var tilesPerLayer: Int { tiles / layers }

  var stripsPerLayer: Int { (tilesPerLayer + stripTiles - 1) / stripTiles }

  var strips: Int { layers * stripsPerLayer }

  func strip(_ task: Int) -> Range<Int> {
    let (layer, strip) = task.quotientAndRemainder(dividingBy: stripsPerLayer)
    let first = strip * stripTiles
    return layer * tilesPerLayer + first..<layer * tilesPerLayer + min(first + stripTiles, tilesPerLayer)
  }

  /// Slices of the sources that a layer's tiles read.
  func slices(readBy layer: Int) -> Range<Int> {
    let (thickness, margin) = (chain * tile[0], tile[0] > 1 ? 1 : 0)
    return max(0, layer * thickness - margin)..<min(extent[0], (layer + 1) * thickness + margin)
  }

  func plan(weights: UnsafePointer<Float>) -> vigil_winograd {
    vigil_winograd(
      tile: (tile[0], tile[1], tile[2]), extent: (extent[0], extent[1], extent[2]),
      tiles: (perAxis[0], perAxis[1], perAxis[2]), chain: chain, block: block, source_point_stride: sourceStride,
      result_point_stride: resultStride, sources: 1, inner: inputs, channels: outputs, channels_at_once: channelsAtOnce,
      weights: weights, weight_point_stride: TransformedWeights.pointStride(inputs, outputs), product: vigil_product,
      streaming: extent.reduce(outputs, *) > Workspace.cachedFloats ? 1 : 0)
  }
}
