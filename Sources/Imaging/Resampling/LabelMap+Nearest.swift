extension LabelMap {
  /// The labels on another grid: each voxel takes the label of the voxel whose centre is nearest to its own (halves go up),
  /// and 0 where it lies outside this map's field of view. On the same grid (``Geometry/isSameGrid(as:tolerance:)``) the
  /// labels are taken over as they are.
  public func resampledNearest(onto target: Geometry) -> LabelMap {
    if geometry.isSameGrid(as: target) { return LabelMap(geometry: target, voxels: voxels) }
    var result: [UInt16] = []
    result.reserveCapacity(target.count)
    let upper = SIMD3(Double(geometry.width), Double(geometry.height), Double(geometry.depth))
    GridMap(from: target, into: geometry).forEach(in: target) { index in
      let nearest = (index + 0.5).rounded(.down)
      guard nearest.x >= 0, nearest.y >= 0, nearest.z >= 0,
        nearest.x < upper.x, nearest.y < upper.y, nearest.z < upper.z
      else { return result.append(0) }
      result.append(voxels[(Int(nearest.z) * geometry.height + Int(nearest.y)) * geometry.width + Int(nearest.x)])
    }
    return LabelMap(geometry: target, voxels: result)
  }
}
