extension String {
  /// The text without what acts on a terminal or breaks a line: control characters, line separators and the characters that turn
  /// the direction of writing become U+FFFD. For names of files, which may hold anything.
  package var printable: String {
    let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: "\u{FFFD}"
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
