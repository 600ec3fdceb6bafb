/// The checksum of zip entries (ISO 3309, polynomial 0xEDB88320 reflected).
struct CRC32 {
  private var state: UInt32 = 0xFFFF_FFFF

  /// The checksum of everything appended.
  var value: UInt32 { ~state }

  /// Appends bytes, eight at a time ("slicing by 8", Kounavis and Berry 2005).
  mutating func update(_ bytes: [UInt8]) {
    state = bytes.withUnsafeBytes { raw in
      var crc = state
      var offset = 0
      while offset + 8 <= raw.count {
        let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian ^ UInt64(crc)
        crc = 0
        for byte in 0..<8 { crc ^= Self.tables[(7 - byte) * 256 + Int(word >> (8 * UInt64(byte)) & 255)] }
        offset += 8
      }
      while offset < raw.count {
        crc = Self.tables[Int((crc ^ UInt32(raw[offset])) & 255)] ^ crc >> 8
        offset += 1
      }
      return crc
    }
  }

  /// Table `t` at `256 * t`: the checksum of one byte followed by `t` zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      tables[byte] = (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
    }
    for index in 256..<8 * 256 {
      let before = tables[index - 256]
      tables[index] = tables[Int(before & 255)] ^ before >> 8
    }
    return tables
  }()
}
