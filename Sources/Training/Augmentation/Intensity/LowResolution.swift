internal import Foundation

extension ChannelVoxels {
  /// What remains after sampling at `scale` of the resolution along each axis: the nearest of round(n scale) voxels, then linear between
  /// them. batchgeneratorsv2 `SimulateLowResolutionTransform`.
  package func lowerResolution(scale: [Double]) {
    let axes = (0..<3).map { LowAxis(length: shape[$0], scale: scale[$0]) }
    let low = axes.map { $0.nearest.count }
    var rows = nearest(axes)
    // W first, while there are fewest rows.
    rows = Self.refined(rows, outer: low[0] * low[1], inner: 1, axes[2])
    rows = Self.refined(rows, outer: low[0], inner: shape[2], axes[1])
    rows = Self.refined(rows, outer: 1, inner: shape[1] * shape[2], axes[0])
    for i in voxels.indices { voxels[i] = rows[i] }
  }

  private func nearest(_ axes: [LowAxis]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(axes.reduce(1) { $0 * $1.nearest.count })
    for z in axes[0].nearest {
      for y in axes[1].nearest {
        let row = (z * shape[1] + y) * shape[2]
        for x in axes[2].nearest { result.append(voxels[row + x]) }
      }
    }
    return result
  }

  private static func refined(_ values: [Float], outer: Int, inner: Int, _ axis: LowAxis) -> [Float] {
    let (low, length) = (axis.nearest.count, axis.places.count)
    var result = [Float](repeating: 0, count: outer * length * inner)
    result.withUnsafeMutableBufferPointer { result in
      values.withUnsafeBufferPointer { values in
        for block in 0..<outer {
          let source = values.baseAddress.unsafelyUnwrapped + block * low * inner
          for (row, place) in axis.places.enumerated() {
            let target = result.baseAddress.unsafelyUnwrapped + (block * length + row) * inner
            let (a, b) = (source + place.first * inner, source + place.second * inner)
            for i in 0..<inner { target[i] = a[i] + place.fraction * (b[i] - a[i]) }
          }
        }
      }
    }
    return result
  }
}

/// An axis seen at a lower resolution.
private struct LowAxis {
  /// The voxel each of the few takes: `floor((i + 0.5) n / m)`.
  let nearest: [Int]
  /// The two of the few between which each voxel lies.
  let places: [(first: Int, second: Int, fraction: Float)]

  init(length: Int, scale: Double) {
    let low = max(1, Int((Double(length) * scale).rounded(.toNearestOrEven)))
    nearest = (0..<low).map { (2 * $0 + 1) * length / (2 * low) }
    places = (0..<length).map { voxel in
      let place = max(0, (Double(voxel) + 0.5) * Double(low) / Double(length) - 0.5)
      let first = min(Int(place), low - 1)
      return (first, min(first + 1, low - 1), Float(place - Double(first)))
    }
  }
}
