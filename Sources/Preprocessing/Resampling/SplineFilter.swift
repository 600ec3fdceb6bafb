/// The recursive filter that turns samples into cubic B-spline coefficients, on sixteen lines side by side.
enum SplineFilter {
  /// Coefficients kept on either side of the samples: an output reaches two beyond the first and the last.
  static let margin = 2

  /// `panel[margin ..< margin + count]` holds samples and gets their coefficients; the margins get those of the repeated edge.
  ///
  /// Causal `c+[k] = 6 s[k] + z c+[k-1]`, starting from the sum over endlessly many repeats of the first sample; anticausal
  /// `c[k] = z (c[k+1] - c+[k])`, starting from the closed form of endlessly many repeats of the last.
  @inline(__always)
  static func apply(_ panel: UnsafeMutablePointer<SIMD16<Float>>, count: Int) {
    let z = Float(CubicSpline.pole)
    let gain = Float(CubicSpline.gain)
    let steady = Float(CubicSpline.gain / (1 - CubicSpline.pole))
    let samples = panel + margin
    let (leftEdge, rightEdge) = (samples[0] * steady, samples[count - 1] * steady)
    var causal = leftEdge
    for k in 0..<count {
      causal = samples[k] * gain + causal * z
      samples[k] = causal
    }
    let pole = CubicSpline.pole
    let (constantPart, decayingPart) = (Float(-pole / (1 - pole)), Float(-pole / (1 - pole * pole)))
    let excess = causal - rightEdge
    samples[count + 1] = rightEdge * constantPart + excess * (z * z * decayingPart)
    samples[count] = rightEdge * constantPart + excess * (z * decayingPart)
    var coefficient = rightEdge * constantPart + excess * decayingPart
    samples[count - 1] = coefficient
    for k in stride(from: count - 2, through: 0, by: -1) {
      coefficient = (coefficient - samples[k]) * z
      samples[k] = coefficient
    }
    samples[-1] = (samples[0] - leftEdge) * z
    samples[-2] = (samples[-1] - leftEdge) * z
  }
}
