internal import Foundation

/// Sums over the voxels of a chunk, a lane each. Float holds them well: a lane adds 128 values, counts are exact.
struct ChunkSums {
  typealias Vector = SIMD16<Float>
  /// As in ``LossSums/Head``.
  struct Head {
    var intersection = Vector()
    var predicted = Vector()
    var marked = Vector()
    var decided = Vector()
    var agreed = Vector()
  }

  var heads: [Head]
  /// The part of the cross-entropy that is linear in the logits.
  var linear = Vector()
  var counted = Vector()
  /// The rest is the sum of logarithms: taken of products, of so few factors that they stay far from the end of their range.
  private var factor = Vector(repeating: 1)
  private var factors: Float = 1
  private var logarithms = 0.0

  init(heads: Int) {
    self.heads = Array(repeating: Head(), count: heads)
  }

  /// Adds the logarithm of each lane, which lies in 1...`most`.
  @inline(__always)
  mutating func addLogarithms(of values: Vector, most: Float) {
    // Sixteen lanes of 2^60 are 2^960, within Double.
    if factors * most > 0x1p60 { settle() }
    factor *= values
    factors *= most
  }

  /// Takes the logarithm of the product so far.
  mutating func settle() {
    var product = 1.0
    for lane in factor.indices { product *= Double(factor[lane]) }
    logarithms += log(product)
    factor = Vector(repeating: 1)
    factors = 1
  }

  /// Adds to the batch's sums.
  func add(to sums: inout LossSums, sample: Int) {
    sums.crossEntropy += Self.total(linear) + logarithms
    sums.countedVoxels += Self.total(counted)
    for (head, found) in heads.enumerated() {
      sums.samples[sample][head].intersection += Self.total(found.intersection)
      sums.samples[sample][head].predicted += Self.total(found.predicted)
      sums.samples[sample][head].marked += Self.total(found.marked)
      sums.samples[sample][head].decided += Self.total(found.decided)
      sums.samples[sample][head].agreed += Self.total(found.agreed)
    }
  }

  private static func total(_ lanes: Vector) -> Double {
    lanes.indices.reduce(0) { $0 + Double(lanes[$1]) }
  }
}
