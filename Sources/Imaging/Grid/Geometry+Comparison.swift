extension Geometry {
  /// How far apart, as a fraction of the smallest spacing, corresponding voxels of two grids may lie and still be the same:
  /// 0.01. NIfTI's single precision moves a far corner by less than a thousandth of a voxel; an error that can be seen in
  /// an overlay is more than a tenth.
  public static let sameGridTolerance = 0.01

  /// Whether both grids have the same shape and every voxel of one lies on the same voxel of the other.
  public func isSameGrid(as other: Geometry, tolerance: Double = sameGridTolerance) -> Bool {
    shape == other.shape
      && largestDisplacement(from: other) <= tolerance * min(spacing.min() ?? 0, other.spacing.min() ?? 0)
  }

  /// The largest distance between corresponding corner voxels of two grids of one shape, mm. (Displacement is affine in the
  /// index, so that no voxel moves further than a corner.)
  public func largestDisplacement(from other: Geometry) -> Double {
    let ends = [[0, Double(width - 1)], [0, Double(height - 1)], [0, Double(depth - 1)]]
    var largest = 0.0
    for i in ends[0] {
      for j in ends[1] {
        for k in ends[2] {
          largest = max(largest, (position(i: i, j: j, k: k) - other.position(i: i, j: j, k: k)).length)
        }
      }
    }
    return largest
  }

  /// Whether the two fields of view, voxels taken with their extent, have any volume in common.
  ///
  /// Both are parallelepipeds: convex bodies are apart exactly if one of the face normals or of the products of two edges
  /// separates them (Gottschalk, Lin, Manocha, SIGGRAPH 1996).
  public func overlaps(_ other: Geometry) -> Bool {
    let (a, b) = (FieldOfView(self), FieldOfView(other))
    let axes = a.normals + b.normals + a.edges.flatMap { edge in b.edges.map { edge.cross($0) } }
    return axes.allSatisfy { axis in
      // Parallel edges give no direction to look along.
      guard axis.length > 1e-9 else { return true }
      return abs((a.centre - b.centre).dot(axis)) < a.reach(along: axis) + b.reach(along: axis)
    }
  }
}

/// A grid's field of view: its centre and its half edges.
private struct FieldOfView {
  let centre: SIMD3<Double>
  let edges: [SIMD3<Double>]

  init(_ grid: Geometry) {
    centre = grid.position(
      i: Double(grid.width - 1) / 2, j: Double(grid.height - 1) / 2, k: Double(grid.depth - 1) / 2)
    edges = [Double(grid.width) * grid.iStep, Double(grid.height) * grid.jStep, Double(grid.depth) * grid.kStep]
      .map { $0 / 2 }
  }

  var normals: [SIMD3<Double>] { [edges[1].cross(edges[2]), edges[2].cross(edges[0]), edges[0].cross(edges[1])] }

  func reach(along axis: SIMD3<Double>) -> Double { edges.reduce(0) { $0 + abs($1.dot(axis)) } }
}
