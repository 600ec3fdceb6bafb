internal import Preprocessing

// Classes that exclude each other.
extension VoxelChunk {
  /// Soft-max of sixteen voxels and its share of the sums.
  @inline(__always)
  static func softmax(
    _ source: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ plane: Int, _ label: Vector,
    _ sums: inout ChunkSums
  ) {
    let heads = sums.heads.count
    var largest = load(source)
    var winner = Vector()
    for head in 1..<heads {
      let logit = load(source + head * plane)
      let wins = logit .> largest
      largest.replace(with: logit, where: wins)
      winner.replace(with: Float(head), where: wins)
    }
    var sum = Vector()
    var own = Vector()
    for head in 0..<heads {
      let logit = load(source + head * plane) - largest
      own.replace(with: logit, where: label .== Float(head))
      let power = Activation.exp(logit)
      store(power, result + head * plane)
      sum += power
    }
    let inverse = 1 / sum
    let counts = label .!= VoxelPasses.ignored
    sums.linear -= own
    sums.counted += one(counts)
    sums.addLogarithms(of: sum.replacing(with: 1, where: .!counts), most: Float(heads))
    for head in 0..<heads {
      let probability = load(result + head * plane) * inverse
      store(probability, result + head * plane)
      sums.heads[head].add(
        probability, isMarked: label .== Float(head), isDecided: (winner .== Float(head)) .& counts, counts: counts)
    }
  }

  /// dL/d logits of sixteen voxels: through the soft-max, `dz_k = u_k (s_k - sum_j s_j u_j)`, and the cross-entropy's `u - v`.
  @inline(__always)
  static func softmaxGradient(
    _ source: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ plane: Int, _ label: Vector,
    _ slopes: [HeadSlope], _ share: Float
  ) {
    var inner = Vector()
    for (head, slope) in slopes.enumerated() {
      inner += load(source + head * plane) * Self.slope(slope, label .== Float(head))
    }
    let ignored = label .== VoxelPasses.ignored
    for (head, slope) in slopes.enumerated() {
      let probability = load(source + head * plane)
      let isMarked = label .== Float(head)
      let dice = probability * (Self.slope(slope, isMarked) - inner)
      let gradient = dice + (probability - one(isMarked)) * share
      store(gradient.replacing(with: 0, where: ignored), result + head * plane)
    }
  }

  @inline(__always)
  static func slope(_ slope: HeadSlope, _ isMarked: Lanes) -> Vector {
    Vector(repeating: slope.outside).replacing(with: slope.outside + slope.inside, where: isMarked)
  }

  @inline(__always)
  static func one(_ lanes: Lanes) -> Vector {
    Vector().replacing(with: 1, where: lanes)
  }
}

extension ChunkSums.Head {
  /// Adds sixteen voxels; those marked and those decided are among those that count.
  @inline(__always)
  mutating func add(
    _ probability: SIMD16<Float>, isMarked: VoxelChunk.Lanes, isDecided: VoxelChunk.Lanes, counts: VoxelChunk.Lanes
  ) {
    predicted += SIMD16<Float>().replacing(with: probability, where: counts)
    intersection += SIMD16<Float>().replacing(with: probability, where: isMarked)
    marked += VoxelChunk.one(isMarked)
    decided += VoxelChunk.one(isDecided)
    agreed += VoxelChunk.one(isDecided .& isMarked)
  }
}
