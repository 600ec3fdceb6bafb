internal import Preprocessing

// Regions, which may overlap.
extension VoxelChunk {
  /// Sigmoids of sixteen voxels and their share of the sums: `-log u^v (1 - u)^(1 - v) = max(z, 0) - z v + log(1 + exp(-|z|))`.
  @inline(__always)
  static func sigmoid(
    _ source: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ plane: Int, _ label: Vector,
    _ regions: [[Int]], _ sums: inout ChunkSums
  ) {
    let counts = label .!= VoxelPasses.ignored
    sums.counted += one(counts)
    for head in regions.indices {
      let logit = load(source + head * plane)
      let probability = 1 / (1 + Activation.exp(-logit))
      store(probability, result + head * plane)
      let isMarked = isIn(regions[head], label)
      let size = logit.replacing(with: -logit, where: logit .< 0)
      let isPositive = logit .> 0
      let linear = Vector().replacing(with: logit, where: isPositive) - Vector().replacing(with: logit, where: isMarked)
      sums.linear += Vector().replacing(with: linear, where: counts)
      sums.addLogarithms(of: (1 + Activation.exp(-size)).replacing(with: 1, where: .!counts), most: 2)
      sums.heads[head].add(
        probability, isMarked: isMarked, isDecided: (probability .> 0.5) .& counts, counts: counts)
    }
  }

  /// dL/d logits of sixteen voxels: `u (1 - u) s`, and the cross-entropy's `u - v`.
  @inline(__always)
  static func sigmoidGradient(
    _ source: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ plane: Int, _ label: Vector,
    _ regions: [[Int]], _ slopes: [HeadSlope], _ share: Float
  ) {
    let ignored = label .== VoxelPasses.ignored
    for (head, slope) in slopes.enumerated() {
      let probability = load(source + head * plane)
      let isMarked = isIn(regions[head], label)
      let dice = probability * (1 - probability) * Self.slope(slope, isMarked)
      let gradient = dice + (probability - one(isMarked)) * share
      store(gradient.replacing(with: 0, where: ignored), result + head * plane)
    }
  }

  @inline(__always)
  private static func isIn(_ region: [Int], _ label: Vector) -> Lanes {
    var result = Lanes(repeating: false)
    for member in region { result .|= label .== Float(member) }
    return result
  }
}
