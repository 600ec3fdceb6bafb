import Foundation

/// Machine-readable lines and answers go to standard output, everything else to standard error.
enum Printing {
  static func answer(_ text: String) {
    FileHandle.standardOutput.write(Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
  }

  static func aside(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

  /// One line on a terminal that the next one replaces.
  static func progress(_ text: String) { FileHandle.standardError.write(Data("\(clearLine)\(text)\r".utf8)) }

  /// Takes a line of progress away; for a terminal only.
  static let clearLine = "\r\u{1B}[K"

  /// One line of JSON, keys sorted.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    answer(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  static let isTerminal = isatty(STDERR_FILENO) == 1
}
