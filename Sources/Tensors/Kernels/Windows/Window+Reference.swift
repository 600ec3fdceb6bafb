extension Window {
  /// The plain twin of what `Head.accumulate` does with its result, in Double: adds a box to a volume; every voxel of the volume asks whether the box covers it.
  public static func accumulateReference(
    _ box: Tensor, weights: Tensor, factor: Float, origin: [Int], into volume: inout Tensor
  ) {
    let extent = Array(box.shape[1...])
    let size = Array(volume.shape[1...])
    for index in volume.elements.indices {
      let position = [index / size[2] / size[1] % size[0], index / size[2] % size[1], index % size[2]]
      let local = zip(position, origin).map { $0 - $1 }
      guard zip(local, extent).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
      let at = (local[0] * extent[1] + local[1]) * extent[2] + local[2]
      let value = box.elements[index / size.reduce(1, *) * weights.count + at]
      let sum = Double(volume.elements[index]) + Double(value) * Double(weights.elements[at]) * Double(factor)
      volume.elements[index] = Float(sum)
    }
  }

  /// The plain twin of `extract`.
  public static func extractReference(_ src: Tensor, origin: [Int], extent: [Int], mirrored: [Int] = []) -> Tensor {
    let size = Array(src.shape[1...])
    var dst = Tensor(shape: [src.shape[0]] + extent)
    for index in dst.elements.indices {
      var local = [index / extent[2] / extent[1] % extent[0], index / extent[2] % extent[1], index % extent[2]]
      for axis in mirrored { local[axis] = extent[axis] - 1 - local[axis] }
      let position = zip(local, origin).map { $0 + $1 }
      guard zip(position, size).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
      let channel = index / extent.reduce(1, *)
      dst.elements[index] =
        src.elements[((channel * size[0] + position[0]) * size[1] + position[1]) * size[2] + position[2]]
    }
    return dst
  }
}
