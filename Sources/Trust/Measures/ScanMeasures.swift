public import Imaging

/// What a scan is like, apart from what it shows of the organ: compared with the scans that a model was trained on.
public struct ScanMeasures: Sendable, Equatable {
  /// mm along right, anterior, superior.
  public let spacing: [Double]
  /// Extent of the field of view, mm, along the same.
  public let extent: [Double]
  /// Mean of the voxels that are numbers.
  public let mean: Double
  /// Their standard deviation.
  public let deviation: Double
  /// Root mean square of the step to the next voxel along `i`, over `deviation` times the square root of 2: 1 for white noise, near
  /// 0 for smooth pictures; nil for a blank scan.
  public let roughness: Double?
  /// Nil for a blank scan.
  public let appearance: Appearance?

  /// One pass over the voxels.
  public init(_ volume: Volume) {
    let grid = PatientGrid(volume.geometry)
    spacing = grid.spacing
    extent = grid.extent
    var sums = ScanSums(grid, volume.geometry)
    sums.add(volume)
    let count = Double(max(sums.count, 1))
    let mean = sums.total / count
    let deviation = max(0, sums.squares / count - mean * mean).squareRoot()
    (self.mean, self.deviation) = (mean, deviation)
    let hasContrast = deviation > abs(mean) * 1e-6 && deviation.isFinite
    roughness =
      hasContrast && sums.steps > 0 ? (sums.stepSquares / Double(sums.steps) / 2).squareRoot() / deviation : nil
    appearance = hasContrast ? Appearance(sums: sums.blocks, counts: sums.blockCounts) : nil
  }
}

/// Sums over one volume, in double precision.
private struct ScanSums {
  var (total, squares, count) = (0.0, 0.0, 0)
  var (stepSquares, steps) = (0.0, 0)
  var blocks = [Double](repeating: 0, count: Appearance.side * Appearance.side * Appearance.side)
  var blockCounts = [Int](repeating: 0, count: Appearance.side * Appearance.side * Appearance.side)
  /// For each of the grid's axes `i`, `j`, `k`: what each place adds to the block's index.
  private let offsets: [[Int]]

  init(_ grid: PatientGrid, _ geometry: Geometry) {
    let strides = [Appearance.side * Appearance.side, Appearance.side, 1]
    offsets = (0..<3).map { gridAxis in
      let (axis, places) = grid.places(along: gridAxis)
      return places.map { $0 * Appearance.side / places.count * strides[axis] }
    }
  }

  mutating func add(_ volume: Volume) {
    let (width, height, depth) = (volume.geometry.width, volume.geometry.height, volume.geometry.depth)
    volume.voxels.withUnsafeBufferPointer { voxels in
      for k in 0..<depth {
        for j in 0..<height {
          let row = UnsafeBufferPointer(rebasing: voxels[(k * height + j) * width..<(k * height + j + 1) * width])
          add(row, block: offsets[2][k] + offsets[1][j])
        }
      }
    }
  }

  private mutating func add(_ row: UnsafeBufferPointer<Float>, block: Int) {
    var last: Double?
    for i in row.indices {
      let value = Double(row[i])
      guard value.isFinite else {
        last = nil
        continue
      }
      total += value
      squares += value * value
      count += 1
      let index = block + offsets[0][i]
      blocks[index] += value
      blockCounts[index] += 1
      if let last {
        stepSquares += (value - last) * (value - last)
        steps += 1
      }
      last = value
    }
  }
}
