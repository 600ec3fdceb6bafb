/// The cubic B-spline as an interpolator: a recursive filter turns samples into coefficients, four coefficients give a value.
///
/// Source: Unser, Aldroubi, Eden, "B-spline signal processing", IEEE Trans. Signal Processing 41(2), 1993; scipy
/// `ndimage/src/ni_splines.c` for order 3. scipy repeats the edge sample 12 times before filtering (`mode="nearest"`); this is
/// the limit of infinitely many repeats, which differs by `pole^24`, 2e-14.
enum CubicSpline {
  /// The filter's pole, sqrt(3) - 2.
  static let pole = 3.0.squareRoot() - 2
  /// The filter's gain, (1 - z) (1 - 1/z).
  static let gain = 6.0

  /// Weights of the coefficients at -1, 0, 1, 2 for a point `fraction` (0 to 1) behind coefficient 0. They add to 1.
  static func weights(fraction: Double) -> SIMD4<Double> {
    let rest = 1 - fraction
    let w0 = rest * rest * rest / 6
    let w1 = (fraction * fraction * (fraction - 2) * 3 + 4) / 6
    let w2 = (rest * rest * (rest - 2) * 3 + 4) / 6
    return SIMD4(w0, w1, w2, 1 - w0 - w1 - w2)
  }
}
