/// Which head wins at each voxel of a volume, as runs of equal values: what one network of an ensemble decided, in a hundredth
/// of the memory of its logits.
public struct WinnerRuns: Sendable, Equatable {
  /// `[D, H, W]`.
  public let shape: [Int]
  private var values: [UInt8] = []
  /// Where each run ends (the next begins), in voxels.
  private var ends: [Int32] = []

  /// Of `winners` `[D, H, W]`, row-major; at most 2^31 of them.
  init(_ winners: [UInt8], shape: [Int]) {
    self.shape = shape
    winners.withUnsafeBufferPointer { winners in
      var index = 0
      while index < winners.count {
        let value = winners[index]
        repeat { index += 1 } while index < winners.count && winners[index] == value
        values.append(value)
        ends.append(Int32(index))
      }
    }
  }

  /// The value of every voxel, row-major.
  public var expanded: [UInt8] {
    var result = [UInt8](repeating: 0, count: shape.reduce(1, *))
    var start = 0
    for (value, end) in zip(values, ends) {
      if value != 0 { for index in start..<Int(end) { result[index] = value } }
      start = Int(end)
    }
    return result
  }

  /// Dice between this and `other`, of the same shape, for each value 1 ..< `count`; nil where neither has the value.
  public func dice(with other: WinnerRuns, count: Int) -> [Double?] {
    precondition(shape == other.shape, "both are of one volume at one resolution")
    var (sizes, shared) = ([Int](repeating: 0, count: 256), [Int](repeating: 0, count: 256))
    var (a, b, start) = (0, 0, 0)
    while a < ends.count, b < other.ends.count {
      let end = Int(min(ends[a], other.ends[b]))
      let (first, second) = (Int(values[a]), Int(other.values[b]))
      sizes[first] += end - start
      sizes[second] += end - start
      if first == second { shared[first] += end - start }
      if Int(ends[a]) == end { a += 1 }
      if Int(other.ends[b]) == end { b += 1 }
      start = end
    }
    return (1..<max(count, 1)).map { sizes[$0] == 0 ? nil : 2 * Double(shared[$0]) / Double(sizes[$0]) }
  }
}
