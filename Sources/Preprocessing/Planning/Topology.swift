/// Where a U-Net pools and how wide its kernels are, for a spacing and a size.
///
/// Source: nnU-Net v2 `experiment_planners/network_topology.py`, `get_pool_and_conv_props`.
struct Topology: Equatable {
  /// One stride a stage and axis; the first stage's are 1.
  let strides: [[Int]]
  /// One kernel a stage and axis.
  let kernels: [[Int]]
  /// The size rounded up until every pooling divides it.
  let patch: [Int]
  /// 2 to the number of poolings, per axis.
  let divisors: [Int]

  /// Shortest edge of the bottleneck's feature maps.
  static let shortestEdge = 4.0

  /// For voxels `spacing` mm apart and an array of `size` voxels (halves occur where a median is one).
  init(spacing: [Double], size: [Double]) {
    var state = State(spacing: spacing, size: size)
    while let axes = state.poolableAxes() { state.pool(axes) }
    strides = state.strides
    kernels = state.kernels + [spacing.map { _ in 3 }]
    divisors = state.pools.map { 1 << $0 }
    patch = zip(size, divisors).map { Int(($0 / Double($1)).rounded(.up)) * $1 }
  }

  /// What changes from one stage to the next.
  private struct State {
    var spacing: [Double]
    var size: [Double]
    var pools: [Int]
    var kernel: [Int]
    var strides: [[Int]]
    var kernels: [[Int]] = []

    init(spacing: [Double], size: [Double]) {
      self.spacing = spacing
      self.size = size
      pools = spacing.map { _ in 0 }
      kernel = spacing.map { _ in 1 }
      strides = [spacing.map { _ in 1 }]
    }

    /// Axes long enough, then of those the ones within twice the finest; a single axis must be longer. Nil: stop.
    func poolableAxes() -> [Int]? {
      let long = spacing.indices.filter { size[$0] >= 2 * Topology.shortestEdge }
      guard let finest = long.map({ spacing[$0] }).min() else { return nil }
      let axes = long.filter { spacing[$0] / finest < 2 }
      if axes.count == 1, size[axes[0]] < 3 * Topology.shortestEdge { return nil }
      return axes
    }

    /// Kernels become 3 once their axis is within twice the finest of all, and stay so.
    mutating func pool(_ axes: [Int]) {
      let finest = spacing.min() ?? 0
      for axis in spacing.indices where spacing[axis] / finest < 2 { kernel[axis] = 3 }
      strides.append(spacing.indices.map { axes.contains($0) ? 2 : 1 })
      kernels.append(kernel)
      for axis in axes {
        pools[axis] += 1
        spacing[axis] *= 2
        size[axis] = (size[axis] / 2).rounded(.up)
      }
    }
  }
}
