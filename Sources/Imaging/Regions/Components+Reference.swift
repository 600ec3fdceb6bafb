extension Components {
  /// The plain twin of ``init(of:shape:connectivity:)``: floods from each voxel not yet reached, in memory order.
  public static func reference(of mask: [Bool], shape: [Int], connectivity: Connectivity) -> Components {
    let offsets = (0..<27).map { [$0 / 9 - 1, $0 / 3 % 3 - 1, $0 % 3 - 1] }.filter { offset in
      let moved = offset.reduce(0) { $0 + abs($1) }
      return connectivity == .full ? moved > 0 : moved == 1
    }
    var numbers = [UInt32](repeating: 0, count: mask.count)
    var sizes: [Int] = []
    for start in mask.indices where mask[start] && numbers[start] == 0 {
      sizes.append(0)
      var front = [start]
      numbers[start] = UInt32(sizes.count)
      while let voxel = front.popLast() {
        sizes[sizes.count - 1] += 1
        let place = [voxel / (shape[1] * shape[2]), voxel / shape[2] % shape[1], voxel % shape[2]]
        for offset in offsets {
          let next = zip(place, offset).map { $0 + $1 }
          guard zip(next, shape).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
          let index = (next[0] * shape[1] + next[1]) * shape[2] + next[2]
          guard mask[index], numbers[index] == 0 else { continue }
          numbers[index] = UInt32(sizes.count)
          front.append(index)
        }
      }
    }
    return Components(numbers: numbers, sizes: sizes)
  }
}
