import Imaging

/// A grid's axes as the patient's: right, anterior, superior (RAS), each the grid's axis that lies nearest.
struct PatientGrid {
  /// For each of right, anterior, superior: the grid's axis, 0 for `i`, 1 for `j`, 2 for `k`.
  let axes: [Int]
  /// Whether the grid's axis runs the other way.
  let flips: [Bool]
  /// Voxels.
  let counts: [Int]
  /// mm.
  let spacing: [Double]

  init(_ grid: Geometry) {
    let change = AxisReorientation(from: grid.axisCodes, to: .ras)
    axes = change.sources
    flips = change.flips
    let (counts, steps) = ([grid.width, grid.height, grid.depth], Array(grid.spacing.reversed()))
    self.counts = axes.map { counts[$0] }
    spacing = axes.map { steps[$0] }
  }

  /// Extent of the field of view, mm.
  var extent: [Double] { zip(counts, spacing).map { Double($0) * $1 } }

  /// For each voxel along the grid's axis `gridAxis`, the patient's axis, and its place along that one.
  func places(along gridAxis: Int) -> (axis: Int, places: [Int]) {
    let axis = axes.firstIndex(of: gridAxis) ?? 0
    let count = counts[axis]
    return (axis, (0..<count).map { flips[axis] ? count - 1 - $0 : $0 })
  }

  /// What people call the patient's axes.
  static let names = ["left-right", "front-back", "up-down"]
  /// The ends of each axis: where it begins and where it goes.
  static let ends = [("left", "right"), ("back", "front"), ("lower", "upper")]
}
