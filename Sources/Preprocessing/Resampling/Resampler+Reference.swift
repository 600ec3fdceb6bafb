extension Resampler {
  /// ``resample(_:threads:)`` written down plainly in Double: pad by twelve edge samples, filter along every axis, add up the
  /// 64 (or 8, or 1) weighted neighbours of every output voxel, clip.
  public func resampleReference(_ voxels: [Double]) -> [Double] {
    guard inputShape != outputShape else { return voxels }
    guard let axis = separatedAxis else { return resize(voxels, from: inputShape, to: outputShape) }
    let strides = Self.strides(inputShape)
    let others = (0..<3).filter { $0 != axis }
    let (sliceIn, sliceOut) = (others.map { inputShape[$0] }, others.map { outputShape[$0] })
    let slices = (0..<inputShape[axis]).map { slice in
      var pixels: [Double] = []
      for row in 0..<sliceIn[0] {
        for column in 0..<sliceIn[1] {
          pixels.append(voxels[slice * strides[axis] + row * strides[others[0]] + column * strides[others[1]]])
        }
      }
      return resize(pixels, from: [1] + sliceIn, to: [1] + sliceOut)
    }
    return stacked(slices, axis: axis, others: others)
  }

  private func stacked(_ slices: [[Double]], axis: Int, others: [Int]) -> [Double] {
    let nearest = NearestTaps(sampling(axis)).indices
    let strides = Self.strides(outputShape)
    var result = [Double](repeating: 0, count: outputShape.reduce(1, *))
    for (index, slice) in nearest.enumerated() {
      for row in 0..<outputShape[others[0]] {
        for column in 0..<outputShape[others[1]] {
          let target = index * strides[axis] + row * strides[others[0]] + column * strides[others[1]]
          result[target] = slices[slice][row * outputShape[others[1]] + column]
        }
      }
    }
    return result
  }

  /// scikit-image's `resize` of one array.
  private func resize(_ voxels: [Double], from shape: [Int], to newShape: [Int]) -> [Double] {
    guard let low = voxels.min(), let high = voxels.max() else { return [] }
    let padding = order == .cubic ? Self.edgeSamples : 0
    var array = voxels
    var padded = shape
    if order == .cubic {
      for axis in 0..<3 {
        (array, padded) = Self.repeatingEdges(array, padded, axis: axis, count: padding)
      }
      for axis in 0..<3 { Self.filter(&array, padded, axis: axis) }
    }
    let taps = (0..<3).map { axis in
      let sampling = AxisSampling(
        inputs: shape[axis], outputs: newShape[axis], isSinglePrecision: isSinglePrecision)
      return Self.taps(order, sampling, padding: padding)
    }
    var result: [Double] = []
    for z in taps[0] {
      for y in taps[1] {
        for x in taps[2] { result.append(min(max(Self.value(array, padded, z, y, x), low), high)) }
      }
    }
    return result
  }

  /// scipy's edge padding before the spline filter.
  static let edgeSamples = 12

  private typealias Tap = [(index: Int, weight: Double)]

  private static func taps(_ order: ResamplingRecipe.Order, _ axis: AxisSampling, padding: Int) -> [Tap] {
    let (nearest, linear) = (NearestTaps(axis), LinearTaps(axis))
    return (0..<axis.outputs).map { output in
      let x = axis.coordinate(output)
      switch order {
      case .nearest: return [(nearest.indices[output], 1)]
      case .linear:
        return [(linear.lower[output], 1 - linear.fractions[output]), (linear.upper[output], linear.fractions[output])]
      case .cubic:
        let base = Int(x.rounded(.down))
        let weights = CubicSpline.weights(fraction: x - x.rounded(.down))
        return (0..<4).map { (base - 1 + $0 + padding, weights[$0]) }
      }
    }
  }

  private static func value(_ array: [Double], _ shape: [Int], _ z: Tap, _ y: Tap, _ x: Tap) -> Double {
    var sum = 0.0
    for (k, wk) in z {
      for (j, wj) in y {
        for (i, wi) in x { sum += array[(k * shape[1] + j) * shape[2] + i] * wk * wj * wi }
      }
    }
    return sum
  }

  private static func repeatingEdges(
    _ array: [Double], _ shape: [Int], axis: Int, count: Int
  ) -> ([Double], [Int]) {
    var newShape = shape
    newShape[axis] += 2 * count
    let (old, new) = (strides(shape), strides(newShape))
    var result = [Double](repeating: 0, count: newShape.reduce(1, *))
    for target in result.indices {
      var source = 0
      for other in 0..<3 {
        let index = target / new[other] % newShape[other]
        source += (other == axis ? min(max(index - count, 0), shape[axis] - 1) : index) * old[other]
      }
      result[target] = array[source]
    }
    return (result, newShape)
  }

  /// Unser's recursion in place along one axis, whole-sample mirrored at the ends: they lie twelve repeats away from the data.
  private static func filter(_ array: inout [Double], _ shape: [Int], axis: Int) {
    let (stride, n, z) = (strides(shape)[axis], shape[axis], CubicSpline.pole)
    for start in array.indices where start / stride % n == 0 {
      var line = (0..<n).map { CubicSpline.gain * array[start + $0 * stride] }
      line[0] = line.indices.dropFirst().reduce(line[0]) { $0 + pow(z, $1) * line[$1] }
      for k in 1..<n { line[k] += z * line[k - 1] }
      line[n - 1] = z / (z * z - 1) * (line[n - 1] + z * line[n - 2])
      for k in stride2(n) { line[k] = z * (line[k + 1] - line[k]) }
      for k in 0..<n { array[start + k * stride] = line[k] }
    }
  }

  private static func stride2(_ n: Int) -> StrideThrough<Int> { stride(from: n - 2, through: 0, by: -1) }

  private static func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<min(exponent, 64)).reduce(1.0) { power, _ in power * base }
  }

  private static func strides(_ shape: [Int]) -> [Int] { [shape[1] * shape[2], shape[2], 1] }
}
