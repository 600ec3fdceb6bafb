import Digests
import Imaging

/// A volume with its axes turned to the closest of RAS, as nibabel's `as_closest_canonical` does, for comparison with oracles.
struct Canonical {
  /// `[x, y, z]` counts.
  let shape: [Int]
  /// Rows of the 3 x 4 affine from voxel indices to mm, RAS.
  let affine: [[Double]]
  /// x fastest.
  let voxels: [Float]

  init(_ volume: Volume) {
    let g = volume.geometry
    let ras = SIMD3<Double>(-1, -1, 1)
    let steps = [g.iStep * ras, g.jStep * ras, g.kStep * ras]
    let counts = [g.width, g.height, g.depth]
    let order = Self.axes(steps)
    let flips = (0..<3).map { steps[order[$0]][$0] < 0 }
    var origin = g.origin * ras
    var columns: [SIMD3<Double>] = []
    for world in 0..<3 {
      let step = steps[order[world]]
      if flips[world] { origin += step * Double(counts[order[world]] - 1) }
      columns.append(flips[world] ? -step : step)
    }
    shape = (0..<3).map { counts[order[$0]] }
    affine = (0..<3).map { row in columns.map { $0[row] } + [origin[row]] }
    voxels = Self.reordered(volume, order: order, flips: flips)
  }

  private static func reordered(_ volume: Volume, order: [Int], flips: [Bool]) -> [Float] {
    let g = volume.geometry
    let counts = [g.width, g.height, g.depth]
    let strides = [1, g.width, g.width * g.height]
    let n = order.map { counts[$0] }
    let s = (0..<3).map { flips[$0] ? -strides[order[$0]] : strides[order[$0]] }
    let start = (0..<3).map { flips[$0] ? (n[$0] - 1) * strides[order[$0]] : 0 }.reduce(0, +)
    var result: [Float] = []
    result.reserveCapacity(volume.voxels.count)
    for z in 0..<n[2] {
      for y in 0..<n[1] {
        for x in 0..<n[0] { result.append(volume.voxels[start + x * s[0] + y * s[1] + z * s[2]]) }
      }
    }
    return result
  }

  /// Which index axis lies closest to each world axis: the assignment with the largest sum of cosines.
  private static func axes(_ steps: [SIMD3<Double>]) -> [Int] {
    let all = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    func score(_ order: [Int]) -> Double {
      (0..<3).map { abs(steps[order[$0]][$0]) / steps[order[$0]].length }.reduce(0, +)
    }
    return all.max { score($0) < score($1) } ?? [0, 1, 2]
  }

  /// The first 16 hexadecimal digits of the SHA-256 of the voxels as little-endian float32.
  var digest: String { Self.digest(voxels) }

  static func digest(_ voxels: [Float]) -> String {
    var hasher = SHA256Hasher()
    voxels.withUnsafeBytes { hasher.update($0) }
    return String(hasher.finish().description.prefix(16))
  }

  var mean: Double { voxels.reduce(0.0) { $0 + Double($1) } / Double(voxels.count) }
}
