public import Imaging

/// Where one label lies in a scan, how much of it there is, and how bright it is.
public struct LabelMeasures: Sendable, Equatable {
  /// ml.
  public let volume: Double
  /// Mean of the image inside, less the scan's mean, over the scan's deviation; nil for a blank scan.
  public let contrast: Double?
  /// Mean position, as a share of the field of view along right, anterior, superior, 0...1.
  public let place: [Double]
  /// Mean position, mm, along the same, from the corner of the field of view.
  public let position: [Double]
  /// Area of the label on each side of the field of view, mm^2: left, right, back, front, lower, upper.
  public let contact: [Double]

  /// Of every label that occurs in `labels`, on the grid of `volume`.
  public static func all(
    in labels: LabelMap, of volume: Volume, _ scan: ScanMeasures
  ) -> [Int: LabelMeasures] {
    precondition(labels.geometry.count == volume.geometry.count, "labels and image lie on one grid")
    var tallies: [UInt16: LabelTally] = [:]
    let (width, height, depth) = (labels.geometry.width, labels.geometry.height, labels.geometry.depth)
    for k in 0..<depth {
      for j in 0..<height {
        let row = (k * height + j) * width
        var i = 0
        while i < width {
          let (label, start) = (labels.voxels[row + i], i)
          repeat { i += 1 } while i < width && labels.voxels[row + i] == label
          guard label != 0 else { continue }
          tallies[label, default: LabelTally()].add(
            start..<i, j, k, last: (width - 1, height - 1, depth - 1), volume.voxels[row + start..<row + i])
        }
      }
    }
    let grid = PatientGrid(labels.geometry)
    return Dictionary(
      uniqueKeysWithValues: tallies.map { (Int($0.key), LabelMeasures($0.value, grid, labels.geometry, scan)) })
  }

  private init(_ tally: LabelTally, _ grid: PatientGrid, _ geometry: Geometry, _ scan: ScanMeasures) {
    volume = Double(tally.voxels) * geometry.voxelVolume / 1000
    contrast =
      scan.roughness == nil || tally.finite == 0
      ? nil : (tally.intensity / Double(tally.finite) - scan.mean) / scan.deviation
    place = (0..<3).map { axis in
      let share = (tally.sums[grid.axes[axis]] / Double(tally.voxels) + 0.5) / Double(grid.counts[axis])
      return grid.flips[axis] ? 1 - share : share
    }
    position = zip(place, grid.extent).map { $0 * $1 }
    let area = geometry.voxelVolume
    contact = (0..<3).flatMap { axis -> [Double] in
      let (first, last) = tally.ends[grid.axes[axis]]
      let ends = grid.flips[axis] ? [last, first] : [first, last]
      return ends.map { Double($0) * area / grid.spacing[axis] }
    }
  }
}

/// Counts of one label by the grid's axes `i`, `j`, `k`.
private struct LabelTally {
  var voxels = 0
  var sums = [0.0, 0.0, 0.0]
  var (intensity, finite) = (0.0, 0)
  /// Voxels on the first and on the last plane of each axis.
  var ends = [(0, 0), (0, 0), (0, 0)]

  mutating func add(_ run: Range<Int>, _ j: Int, _ k: Int, last: (Int, Int, Int), _ values: ArraySlice<Float>) {
    let count = run.count
    voxels += count
    sums[0] += Double(count * (run.lowerBound + run.upperBound - 1)) / 2
    sums[1] += Double(count * j)
    sums[2] += Double(count * k)
    if run.lowerBound == 0 { ends[0].0 += 1 }
    if run.upperBound == last.0 + 1 { ends[0].1 += 1 }
    if j == 0 { ends[1].0 += count }
    if j == last.1 { ends[1].1 += count }
    if k == 0 { ends[2].0 += count }
    if k == last.2 { ends[2].1 += count }
    for value in values where value.isFinite {
      intensity += Double(value)
      finite += 1
    }
  }
}
