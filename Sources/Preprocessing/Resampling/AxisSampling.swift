/// Where `m` output samples lie between `n` input samples along one axis, half-pixel centred: `x = (i + 0.5) * n / m - 0.5`.
///
/// Source: scipy `ndimage.zoom(grid_mode=True, mode="nearest")`, which scikit-image's `resize(mode="edge")` calls.
struct AxisSampling: Sendable {
  let inputs: Int
  let outputs: Int
  /// Whether coordinates are computed in 32 bits, as PyTorch's `interpolate` does for Float.
  var isSinglePrecision = false

  /// Coordinate of output sample `index` among the input samples; from -0.5 to n - 0.5.
  func coordinate(_ index: Int) -> Double {
    if isSinglePrecision { return Double(Float(inputs) / Float(outputs) * (Float(index) + 0.5) - 0.5) }
    let scale = Double(inputs) / Double(outputs)
    return scale * (Double(index) + 0.5) - 0.5
  }

  /// The input sample nearest to output sample `index`; halves go up.
  func nearest(_ index: Int) -> Int {
    let place =
      isSinglePrecision
      ? Double((Float(inputs) / Float(outputs) * (Float(index) + 0.5)).rounded(.down))
      : (coordinate(index) + 0.5).rounded(.down)
    return min(max(Int(place), 0), inputs - 1)
  }

  /// Nothing moves.
  var isIdentity: Bool { inputs == outputs }
}

/// The nearest input sample for every output sample; halves go up.
struct NearestTaps: Sendable {
  let indices: [Int]

  init(_ axis: AxisSampling) {
    indices = (0..<axis.outputs).map { axis.nearest($0) }
  }
}

/// The two input samples around every output sample, the coordinate clamped to the first and last sample.
struct LinearTaps: Sendable {
  let lower: [Int]
  /// `lower` itself where the output lies on a sample.
  let upper: [Int]
  /// Share of `upper`, 0 to 1.
  let fractions: [Double]

  init(_ axis: AxisSampling) {
    let coordinates = (0..<axis.outputs).map { min(max(axis.coordinate($0), 0), Double(axis.inputs - 1)) }
    lower = coordinates.map { Int($0.rounded(.down)) }
    fractions = zip(coordinates, lower).map { $0 - Double($1) }
    upper = zip(lower, fractions).map { $1 > 0 ? $0 + 1 : $0 }
  }

  /// Nearest neighbour as a special case.
  init(_ taps: NearestTaps) {
    lower = taps.indices
    upper = taps.indices
    fractions = [Double](repeating: 0, count: taps.indices.count)
  }

  /// No output lies between two samples.
  var isNearest: Bool { fractions.allSatisfy { $0 == 0 } }
}

/// The first of the four spline coefficients around every output sample, and their weights.
struct CubicTaps: Sendable {
  /// Index of the first coefficient, from -2 (left of the first sample) to n - 2.
  let first: [Int]
  /// Values of the cubic B-spline at the four coefficients.
  let weights: [SIMD4<Double>]

  init(_ axis: AxisSampling) {
    let coordinates = (0..<axis.outputs).map { axis.coordinate($0) }
    first = coordinates.map { Int($0.rounded(.down)) - 1 }
    weights = coordinates.map { CubicSpline.weights(fraction: $0 - $0.rounded(.down)) }
  }
}
