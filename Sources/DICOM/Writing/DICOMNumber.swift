/// The text of numbers in DICOM.
enum DICOMNumber {
  /// A Decimal String: at most 16 characters (PS3.5 6.2), as many digits as fit.
  static func decimalString(_ value: Double) -> String {
    let shortest = "\(value)"
    if shortest.utf8.count <= 16 { return shortest.hasSuffix(".0") ? String(shortest.dropLast(2)) : shortest }
    for digits in stride(from: 15, through: 1, by: -1) {
      let text = rounded(value, digits: digits)
      if text.utf8.count <= 16 { return text }
    }
    return "0"
  }

  /// Several Decimal Strings, separated by backslashes.
  static func decimalStrings(_ values: [Double]) -> String { values.map(decimalString).joined(separator: "\\") }

  /// `digits` significant digits, shortest form.
  private static func rounded(_ value: Double, digits: Int) -> String {
    var scale = 1.0
    var magnitude = abs(value)
    while magnitude >= 10 {
      magnitude /= 10
      scale /= 10
    }
    while magnitude > 0, magnitude < 1 {
      magnitude *= 10
      scale *= 10
    }
    for _ in 1..<max(digits, 2) { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }
}
