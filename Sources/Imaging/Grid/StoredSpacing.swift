/// Gets back the spacing that a file stored from a step vector made of it.
///
/// A header stores 3.0 mm; the step along an oblique axis is 3.0 times a direction, and its length is 3.0000000000000004.
/// That matters where a rule compares spacings exactly, as nnU-Net does (resampling slice by slice when the ratio of the
/// spacings exceeds 3, not when it equals 3; rounding of shapes that end in one half).
enum StoredSpacing {
  /// Rounding of a product and a square root of sums of squares in Double: a few units of 1e-16.
  private static let relativeError = 1e-13

  /// The number a NIfTI header (Float) or a DICOM decimal string (12 digits) may have held, where one lies within rounding
  /// error of `length`; else `length` itself.
  static func recovered(_ length: Double) -> Double {
    guard length.isFinite, length > 0 else { return length }
    for candidate in [Double(Float(length)), decimal(length)] where abs(candidate - length) <= relativeError * length {
      return candidate
    }
    return length
  }

  /// `length` (mm) rounded to 12 places behind the point.
  private static func decimal(_ length: Double) -> Double {
    guard length < 1000 else { return length }
    return (length * 1e12).rounded() / 1e12
  }
}
