import Foundation

/// Siemens' "CSA" header (0029,1010), format 2: named tags with text items (no public standard; the layout is that of
/// the tables in dcm2niix and nibabel's documentation). Every length is checked against the bytes that are there.
struct CSAHeader {
  private let bytes: [UInt8]

  init?(_ bytes: [UInt8]?) {
    guard let bytes, bytes.count > 16, bytes.starts(with: Array("SV10".utf8)) else { return nil }
    self.bytes = bytes
  }

  /// The texts of the tag, padding removed, empty items left out; nil when there is no such tag or the header is damaged.
  func items(of name: String) -> [String]? {
    guard let tags = int(8), tags > 0, tags <= 1024 else { return nil }
    var offset = 16
    for _ in 0..<tags {
      guard let tag = text(offset, 64), let count = int(offset + 76), count >= 0, count <= 4096 else { return nil }
      offset += 84
      var values: [String] = []
      for _ in 0..<count {
        guard let length = int(offset + 4), length >= 0, let value = text(offset + 16, length) else { return nil }
        let trimmed = value.trimmingCharacters(in: .whitespaces)
        if !trimmed.isEmpty { values.append(trimmed) }
        offset += 16 + (length + 3) / 4 * 4
      }
      if tag == name { return values }
    }
    return nil
  }

  func doubles(of name: String) -> [Double]? {
    items(of: name).map { $0.compactMap(Double.init) }
  }

  private func int(_ offset: Int) -> Int? {
    guard offset >= 0, offset + 4 <= bytes.count else { return nil }
    let b = bytes[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return Int(Int32(bitPattern: b))
  }

  private func text(_ offset: Int, _ length: Int) -> String? {
    guard offset >= 0, length >= 0, length <= bytes.count, offset <= bytes.count - length else { return nil }
    return String(decoding: bytes[offset..<offset + length].prefix { $0 != 0 }, as: UTF8.self)
  }
}
