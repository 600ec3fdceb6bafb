/// A `[D, H, W]` array on its way through the axes, and the passes over it.
struct ShapedArray {
  var shape: [Int]
  var voxels: [Float]

  /// The array seen from one axis: `outer` blocks of `length` rows of `inner` contiguous voxels.
  struct View {
    let outer: Int
    let length: Int
    let inner: Int
  }

  func view(_ axis: Int) -> View {
    View(
      outer: shape[..<axis].reduce(1, *), length: shape[axis], inner: shape[(axis + 1)...].reduce(1, *))
  }

  func applying(_ kernel: AxisKernel, axis: Int, threads: Int) -> ShapedArray {
    let view = view(axis)
    var newShape = shape
    newShape[axis] = kernel.outputs
    let count = newShape.reduce(1, *)
    let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      HugePages.request(UnsafeMutableRawBufferPointer(buffer))
      voxels.withUnsafeBufferPointer { source in
        kernel.run(
          source.baseAddress.unsafelyUnwrapped, buffer.baseAddress.unsafelyUnwrapped, outer: view.outer,
          inner: view.inner, threads: threads)
      }
      initialized = count
    }
    return ShapedArray(shape: newShape, voxels: result)
  }

  func gathering(_ indices: [Int], axis: Int, threads: Int) -> ShapedArray {
    guard indices != Array(0..<shape[axis]) else { return self }
    let view = view(axis)
    var newShape = shape
    newShape[axis] = indices.count
    let count = newShape.reduce(1, *)
    let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      HugePages.request(UnsafeMutableRawBufferPointer(buffer))
      let target = buffer.baseAddress.unsafelyUnwrapped
      voxels.withUnsafeBufferPointer { source in
        let start = source.baseAddress.unsafelyUnwrapped
        Threads.forEach(view.outer * indices.count, threads: threads) { item in
          let (block, row) = item.quotientAndRemainder(dividingBy: indices.count)
          (target + item * view.inner).initialize(
            from: start + (block * view.length + indices[row]) * view.inner, count: view.inner)
        }
      }
      initialized = count
    }
    return ShapedArray(shape: newShape, voxels: result)
  }

  func sliceRanges(axis: Int) -> [ValueRange] {
    let view = view(axis)
    return voxels.withUnsafeBufferPointer { source in
      let start = source.baseAddress.unsafelyUnwrapped
      return (0..<view.length).map { slice in
        var range = ValueRange(start: start + slice * view.inner, count: view.inner)
        for block in 1..<max(view.outer, 1) where view.outer > 1 {
          let other = ValueRange(start: start + (block * view.length + slice) * view.inner, count: view.inner)
          range = ValueRange(lowest: min(range.lowest, other.lowest), highest: max(range.highest, other.highest))
        }
        return range
      }
    }
  }

  mutating func clip(to ranges: [ValueRange], axis: Int, threads: Int) {
    let view = view(axis)
    voxels.withUnsafeMutableBufferPointer { buffer in
      let start = buffer.baseAddress.unsafelyUnwrapped
      Threads.forEach(view.outer, threads: threads) { block in
        for slice in 0..<view.length {
          Self.clip(start + (block * view.length + slice) * view.inner, count: view.inner, to: ranges[slice])
        }
      }
    }
  }

  mutating func clip(to range: ValueRange, threads: Int) {
    let chunk = 1 << 16
    voxels.withUnsafeMutableBufferPointer { buffer in
      let start = buffer.baseAddress.unsafelyUnwrapped
      Threads.forEach((buffer.count + chunk - 1) / chunk, threads: threads) { item in
        Self.clip(start + item * chunk, count: min(chunk, buffer.count - item * chunk), to: range)
      }
    }
  }

  private static func clip(_ start: UnsafeMutablePointer<Float>, count: Int, to range: ValueRange) {
    let (low, high) = (range.lowest, range.highest)
    for index in 0..<count {
      let value = start[index]
      start[index] = value < low ? low : (value > high ? high : value)
    }
  }
}
