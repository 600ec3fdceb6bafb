/// How a convolution is computed.
public enum ConvolutionAlgorithm: Sendable, Hashable, CustomStringConvertible {
  /// im2row and a matrix product: any kernel and stride.
  case rows
  /// Winograd's minimal filtering, F(m, 3) per axis with these m: 2 or 4, or 1 along an axis with a kernel of one.
  case winograd(tile: [Int])

  /// "rows" or "F(4, 4, 4)".
  public var description: String {
    switch self {
    case .rows: "rows"
    case .winograd(let tile): "F(\(tile.map { "\($0)" }.joined(separator: ", ")))"
    }
  }

  /// The cheapest for a src of `extent`:
  ///
  /// | layer | algorithm | because |
  /// |---|---|---|
  /// | stride above 1, kernel of 1 or 5, network input | rows | Winograd's F(m, 3) is for kernels of 3, a vector of channels and stride 1 |
  /// | large maps | F(4, 4, 4) | 216 products for 64 voxels, 8 times fewer than 27 each |
  /// | 8 voxels wide, many channels | F(2, 2, 2) and between | reading 8 times the weights would cost more than it saves |
  /// | 4 voxels wide | rows | reading the weights is all there is to it |
  /// | kernel of 1 along an axis | F(1, m, m) | the 2D case |
  /// | `largestTile` 2: a cascade's first stage | F(2, 2, 2) instead of F(4, 4, 4) | its labels are what the second stage reads, so its ties are to fall as exactly as f32 can |
  ///
  /// Small maps of a batch of `samples` are multiplied together (`WinogradBatch`): the more there are, the less reading weights costs.
  public static func choose(_ shape: ConvolutionShape, extent: [Int], samples: Int = 1) -> ConvolutionAlgorithm {
    let choices = [.rows] + winogradChoices(shape)
    return choices.min {
      $0.cost(shape, extent: extent, samples: samples) < $1.cost(shape, extent: extent, samples: samples)
    } ?? .rows
  }

  /// Every algorithm that can run `shape`.
  public static func all(_ shape: ConvolutionShape) -> [ConvolutionAlgorithm] { [.rows] + winogradChoices(shape) }

  private static func winogradChoices(_ shape: ConvolutionShape) -> [ConvolutionAlgorithm] {
    guard shape.stride == [1, 1, 1], shape.sourceLayout.multiple > 1, shape.kernel.contains(3),
      shape.kernel.allSatisfy({ $0 == 1 || $0 == 3 })
    else { return [] }
    let sizes = shape.kernel.map { $0 == 1 ? [1] : [2, 4].filter { $0 <= shape.largestTile } }
    return sizes[0].flatMap { z in sizes[1].flatMap { y in sizes[2].map { x in .winograd(tile: [z, y, x]) } } }
  }

  /// Products per tile and pair of channels: the taps, or the points of a Winograd tile.
  func points(_ shape: ConvolutionShape) -> Int {
    switch self {
    case .rows: shape.taps
    case .winograd(let tile): tile.reduce(1) { $0 * ($1 == 1 ? 1 : $1 + 2) }
    }
  }

  // Reading a matrix of weights takes as long as multiplying this many rows with it (2 x 450 GFLOP/s against 25 GB/s).
  private static let rowsPerWeight = 36.0
  // Transforming one point of 16 channels back and forth, in products of 16 x 2 channels: 8 and 5 cycles.
  private static let sourceCost = 16.0
  private static let resultCost = 10.0
  // Gathering one tap of 16 channels.
  private static let gatherCost = 4.0

  /// Time for a src of `extent` among `samples`, in units of one product for every pair of channels.
  func cost(_ shape: ConvolutionShape, extent: [Int], samples: Int) -> Double {
    let out = shape.outputExtent(extent)
    let inputs = Double(shape.sourceLayout.paddedChannels)
    let outputs = Double(shape.outputLayout.paddedChannels)
    switch self {
    case .rows:
      let voxels = Double(out.reduce(1, *))
      return Double(shape.taps) * (voxels * (1 + Self.gatherCost / outputs) + Self.rowsPerWeight)
    case .winograd(let tile):
      let tiles = zip(out, tile).reduce(1.0) { $0 * Double(($1.0 + $1.1 - 1) / $1.1) }
      let transforms = Self.sourceCost / outputs + Self.resultCost / inputs
      return Double(points(shape)) * (tiles * (1 + transforms) + Self.rowsPerWeight / Double(samples))
    }
  }
}
