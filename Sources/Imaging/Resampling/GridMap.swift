/// Where the voxels of one grid fall in another: `index in source = origin + i * iStep + j * jStep + k * kStep`.
struct GridMap {
  let origin: SIMD3<Double>
  let iStep: SIMD3<Double>
  let jStep: SIMD3<Double>
  let kStep: SIMD3<Double>

  init(from target: Geometry, into source: Geometry) {
    let start = source.index(of: target.origin)
    origin = start
    iStep = source.index(of: target.origin + target.iStep) - start
    jStep = source.index(of: target.origin + target.jStep) - start
    kStep = source.index(of: target.origin + target.kStep) - start
  }

  /// Calls `body` for every voxel of the target grid, in memory order, with its (fractional) index in the source.
  @inline(__always)
  func forEach(in target: Geometry, _ body: (SIMD3<Double>) -> Void) {
    for k in 0..<target.depth {
      for j in 0..<target.height {
        let row = origin + Double(k) * kStep + Double(j) * jStep
        for i in 0..<target.width { body(row + Double(i) * iStep) }
      }
    }
  }
}
