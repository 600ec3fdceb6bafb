import Dispatch

extension Volume {
  /// The image on another grid by cubic B-spline interpolation, its edges repeated without end, the result clipped to the range
  /// of the image. Within half a voxel beyond the outermost centres the spline of the repeated edge goes on; beyond that a voxel
  /// gets `outside`, by default the image's smallest value. On the same grid the voxels are taken over as they are.
  ///
  /// This is the interpolation of nnU-Net's order-3 resampling (scikit-image `resize(order=3, mode="edge", clip=True)`, SciPy
  /// `map_coordinates(order=3, mode="nearest")`), for grids that are turned against one another.
  public func resampledCubic(onto target: Geometry, outside: Float? = nil) -> Volume {
    if geometry.isSameGrid(as: target) { return Volume(geometry: target, voxels: voxels) }
    let (low, high) = (voxels.min() ?? 0, voxels.max() ?? 0)
    let beyond = outside ?? low
    let spline = SplineCoefficients(self)
    let map = GridMap(from: target, into: geometry)
    let result = [Float](unsafeUninitializedCapacity: target.count) { buffer, count in
      nonisolated(unsafe) let voxels = buffer
      DispatchQueue.concurrentPerform(iterations: target.depth) { k in
        var place = k * target.width * target.height
        for j in 0..<target.height {
          let row = map.origin + Double(k) * map.kStep + Double(j) * map.jStep
          for i in 0..<target.width {
            let value = spline.value(at: row + Double(i) * map.iStep).map { min(max($0, low), high) } ?? beyond
            voxels.initializeElement(at: place, to: value)
            place += 1
          }
        }
      }
      count = target.count
    }
    return Volume(geometry: target, voxels: result)
  }
}

extension Geometry {
  /// The share of this grid's voxels whose centres lie in the field of view of `other`, 0 to 1.
  public func share(within other: Geometry) -> Double {
    var inside = 0
    let last = SIMD3(Double(other.width), Double(other.height), Double(other.depth)) - 0.5
    GridMap(from: self, into: other).forEach(in: self) { index in
      if all(index .>= -0.5), all(index .< last) { inside += 1 }
    }
    return Double(inside) / Double(count)
  }
}
