/// Where one label lies in its map and how much of it there is.
public struct LabelStatistics: Sendable, Equatable {
  /// Voxels that carry the label.
  public private(set) var voxels: Int
  /// The smallest block that holds them.
  public private(set) var box: Box
  private var sums: SIMD3<Int>

  fileprivate init(row j: Int, slice k: Int, run: Range<Int>) {
    voxels = run.count
    box = Box(i: run, j: j..<j + 1, k: k..<k + 1)
    sums = SIMD3(Self.sum(run), run.count * j, run.count * k)
  }

  /// This label and another taken together.
  public func merged(with other: LabelStatistics) -> LabelStatistics {
    var result = self
    result.voxels += other.voxels
    result.box = box.union(other.box)
    result.sums &+= other.sums
    return result
  }

  /// Mean position of the voxels' centres, mm, LPS, on the map's grid.
  public func centroid(in grid: Geometry) -> SIMD3<Double> {
    let mean = SIMD3<Double>(sums) / Double(voxels)
    return grid.position(i: mean.x, j: mean.y, k: mean.z)
  }

  /// Volume, ml, on the map's grid.
  public func volume(in grid: Geometry) -> Double { Double(voxels) * grid.voxelVolume / 1000 }

  private static func sum(_ run: Range<Int>) -> Int { run.count * (run.lowerBound + run.upperBound - 1) / 2 }
}

extension LabelMap {
  /// The statistics of every label that occurs, background left out. One pass, in runs of equal labels.
  public func statistics() -> [UInt16: LabelStatistics] {
    var found: [UInt16: LabelStatistics] = [:]
    for k in 0..<geometry.depth {
      for j in 0..<geometry.height {
        let row = (k * geometry.height + j) * geometry.width
        var i = 0
        while i < geometry.width {
          let label = voxels[row + i]
          let start = i
          repeat { i += 1 } while i < geometry.width && voxels[row + i] == label
          guard label != 0 else { continue }
          let run = LabelStatistics(row: j, slice: k, run: start..<i)
          found[label] = found[label]?.merged(with: run) ?? run
        }
      }
    }
    return found
  }

  /// The smallest block that holds every voxel that is not background; nil where there is none.
  public var boundingBox: Box? {
    statistics().values.reduce(nil as Box?) { $0?.union($1.box) ?? $1.box }
  }
}
