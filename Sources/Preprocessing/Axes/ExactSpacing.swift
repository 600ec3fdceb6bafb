public import Imaging

extension Geometry {
  /// ``spacing`` without the round-off of measuring oblique steps: the number that the file held, mm, `[D, H, W]`.
  ///
  /// nnU-Net compares spacings strictly (`max / min > 3`) and rounds shapes at exact halves, so 3.0000000000000004 instead of 3
  /// leads to another image. A length within ``Geometry/spacingRoundOff`` of a 32-bit float (NIfTI) is that float; any other is
  /// the nearest number of 12 decimal digits (DICOM's decimal strings).
  public var exactSpacing: [Double] { spacing.map { Self.exact($0) } }

  /// Largest relative error of a step's length: a few roundings of Double.
  static let spacingRoundOff = 1e-13

  private static func exact(_ length: Double) -> Double {
    let float = Double(Float(length))
    if abs(float - length) <= spacingRoundOff * length { return float }
    let scale = decimalScale(length)
    let decimal = (length * scale).rounded() / scale
    return abs(decimal - length) <= spacingRoundOff * length ? decimal : length
  }

  /// The power of ten that leaves 12 digits before the point.
  private static func decimalScale(_ length: Double) -> Double {
    var scale = 1.0
    while length * scale < 1e11, scale < 1e22 { scale *= 10 }
    return scale
  }
}
