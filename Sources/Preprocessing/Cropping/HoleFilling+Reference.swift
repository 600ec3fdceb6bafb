extension HoleFilling {
  /// ``fill(_:shape:)`` written down plainly: flood the background from the border; what stays dry is filled.
  package static func fillReference(_ mask: inout [Bool], shape: [Int]) {
    let strides = [shape[1] * shape[2], shape[2], 1]
    var outside = [Bool](repeating: false, count: mask.count)
    var pending: [Int] = mask.indices.filter { index in
      !mask[index]
        && (0..<3).contains { axis in
          let position = index / strides[axis] % shape[axis]
          return position == 0 || position == shape[axis] - 1
        }
    }
    while let index = pending.popLast() {
      guard !outside[index] else { continue }
      outside[index] = true
      for axis in 0..<3 {
        let position = index / strides[axis] % shape[axis]
        if position > 0, !mask[index - strides[axis]] { pending.append(index - strides[axis]) }
        if position < shape[axis] - 1, !mask[index + strides[axis]] { pending.append(index + strides[axis]) }
      }
    }
    for index in mask.indices where !outside[index] { mask[index] = true }
  }
}
