extension Volume {
  /// The image on another grid by trilinear interpolation between voxel centres. Within half a voxel beyond the outermost
  /// centres the nearest value is continued; beyond that a voxel gets `outside`.
  public func resampledLinear(onto target: Geometry, outside: Float = 0) -> Volume {
    if geometry.isSameGrid(as: target) { return Volume(geometry: target, voxels: voxels) }
    var result: [Float] = []
    result.reserveCapacity(target.count)
    let last = SIMD3(Double(geometry.width - 1), Double(geometry.height - 1), Double(geometry.depth - 1))
    GridMap(from: target, into: geometry).forEach(in: target) { index in
      guard index.x >= -0.5, index.y >= -0.5, index.z >= -0.5,
        index.x < last.x + 0.5, index.y < last.y + 0.5, index.z < last.z + 0.5
      else { return result.append(outside) }
      result.append(interpolated(at: index.clamped(lowerBound: SIMD3(repeating: 0), upperBound: last)))
    }
    return Volume(geometry: target, voxels: result)
  }

  /// The value at a (fractional) index within the outermost voxel centres.
  @inline(__always)
  private func interpolated(at index: SIMD3<Double>) -> Float {
    let low = index.rounded(.down)
    let part = SIMD3<Float>(index - low)
    let (i, j, k) = (Int(low.x), Int(low.y), Int(low.z))
    let right = i + 1 < geometry.width ? 1 : 0
    let down = j + 1 < geometry.height ? geometry.width : 0
    let deep = k + 1 < geometry.depth ? geometry.width * geometry.height : 0
    let base = (k * geometry.height + j) * geometry.width + i
    func row(_ start: Int) -> Float { voxels[start] + part.x * (voxels[start + right] - voxels[start]) }
    func plane(_ start: Int) -> Float {
      let first = row(start)
      return first + part.y * (row(start + down) - first)
    }
    let first = plane(base)
    return first + part.z * (plane(base + deep) - first)
  }
}
