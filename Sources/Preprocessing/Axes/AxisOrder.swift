/// An order of the three axes of an image: axis `i` of the result is axis `forward[i]` of the source.
struct AxisOrder: Sendable, Equatable {
  let forward: [Int]

  var isIdentity: Bool { forward == [0, 1, 2] }

  /// Values given per source axis, put in the result's order.
  func reordered<Value>(_ values: [Value]) -> [Value] { forward.map { values[$0] } }

  /// The order that undoes this one.
  var inverse: AxisOrder {
    var backward = [0, 0, 0]
    for (axis, source) in forward.enumerated() { backward[source] = axis }
    return AxisOrder(forward: backward)
  }

  /// The block `box` (in the result's axes) of an array of shape `shape` (in the source's axes), in the result's order.
  func block<Element: Sendable>(of source: [Element], shape: [Int], box: CropBox) -> [Element] {
    let sourceStrides = [shape[1] * shape[2], shape[2], 1]
    let strides = reordered(sourceStrides)
    let size = box.shape
    return [Element](unsafeUninitializedCapacity: size.reduce(1, *)) { buffer, initialized in
      HugePages.request(UnsafeMutableRawBufferPointer(buffer))
      let target = buffer.baseAddress.unsafelyUnwrapped
      source.withUnsafeBufferPointer { source in
        let start = source.baseAddress.unsafelyUnwrapped
        var row = target
        for k in box.lower[0]..<box.upper[0] {
          for j in box.lower[1]..<box.upper[1] {
            let line = start + (k * strides[0] + j * strides[1] + box.lower[2] * strides[2])
            if strides[2] == 1 {
              row.initialize(from: line, count: size[2])
            } else {
              for i in 0..<size[2] { (row + i).initialize(to: line[i &* strides[2]]) }
            }
            row += size[2]
          }
        }
      }
      initialized = size.reduce(1, *)
    }
  }
}
