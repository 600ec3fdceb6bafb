/// numpy's sum of an array of Float or Double, to the bit: blocks of up to 128 in eight running sums, halves added pairwise. The values come
/// from `next` in order, so the array never has to exist.
///
/// Source: numpy `core/src/umath/loops_utils.h.src`, `pairwise_sum`.
struct PairwiseSum {
  private static let block = 128

  @inline(__always)
  static func of<Value: BinaryFloatingPoint & SIMDScalar>(_ count: Int, _ next: () -> Value) -> Value {
    halved(count, next)
  }

  @_specialize(where Value == Float)
  @_specialize(where Value == Double)
  private static func halved<Value: BinaryFloatingPoint & SIMDScalar>(_ count: Int, _ next: () -> Value) -> Value {
    if count < 8 {
      var sum: Value = 0
      for _ in 0..<count { sum += next() }
      return sum
    }
    if count <= block { return ofBlock(count, next) }
    var half = count / 2
    half -= half % 8
    let left = halved(half, next)
    return left + halved(count - half, next)
  }

  @inline(__always)
  private static func ofBlock<Value: BinaryFloatingPoint & SIMDScalar>(_ count: Int, _ next: () -> Value) -> Value {
    var sums = SIMD8<Value>()
    for lane in 0..<8 { sums[lane] = next() }
    for _ in 1..<count / 8 {
      for lane in 0..<8 { sums[lane] += next() }
    }
    var sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    for _ in 0..<count % 8 { sum += next() }
    return sum
  }
}
