/// Brings slices that lie at (fractional) levels to the whole levels `0 ..< depth`, by linear interpolation between neighbours.
struct SliceResampling {
  /// Ascending; the first is 0, the last `depth - 1`.
  let levels: [Double]
  let depth: Int
  let planeCount: Int

  /// A slice within this fraction of a step of its level is taken as it is.
  static let near = 1e-3

  /// Whether every level has its slice.
  var isIdentity: Bool {
    levels.count == depth && levels.enumerated().allSatisfy { abs($1 - Double($0)) <= Self.near }
  }

  /// For each level the slice that lies there, nil where none does.
  var sources: [Int?] {
    var sources = [Int?](repeating: nil, count: depth)
    for (slice, level) in levels.enumerated() {
      let nearest = Int(level.rounded())
      if abs(level - Double(nearest)) <= Self.near, sources.indices.contains(nearest) { sources[nearest] = slice }
    }
    return sources
  }

  /// The planes `[depth, H, W]` from the slices `[levels.count, H, W]`.
  func apply(_ slices: [Float]) -> [Float] {
    var planes: [Float] = []
    planes.reserveCapacity(depth * planeCount)
    let sources = sources
    var below = 0
    for k in 0..<depth {
      while below + 2 < levels.count, levels[below + 1] <= Double(k) { below += 1 }
      if let source = sources[k] {
        planes += slices[source * planeCount..<(source + 1) * planeCount]
      } else {
        let weight = Float((Double(k) - levels[below]) / (levels[below + 1] - levels[below]))
        let a = slices[below * planeCount..<(below + 1) * planeCount]
        let b = slices[(below + 1) * planeCount..<(below + 2) * planeCount]
        planes += zip(a, b).map { $0 + weight * ($1 - $0) }
      }
    }
    return planes
  }
}
