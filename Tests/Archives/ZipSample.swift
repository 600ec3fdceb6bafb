import Foundation

/// A zip archive of stored entries, written byte by byte (PKWARE's APPNOTE 4.3), so that its names can be hostile.
struct ZipSample {
  private(set) var bytes = Data()

  init(_ entries: [(name: String, contents: Data)]) {
    var directory = Data()
    for (name, contents) in entries {
      let offset = bytes.count
      let middle = header(name, contents)
      bytes += [0x50, 0x4B, 3, 4] + [20, 0] + middle + Data(name.utf8) + contents
      directory += [0x50, 0x4B, 1, 2] + [20, 3, 20, 0] + middle + Data(count: 6) + little(0x81A4_0000, 4)
      directory += little(UInt32(offset), 4) + Data(name.utf8)
    }
    let count = little(UInt32(entries.count), 2)
    let start = little(UInt32(bytes.count), 4)
    bytes += directory
    bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + little(UInt32(directory.count), 4) + start + [0, 0]
  }

  /// Flags, method, time, date, checksum, sizes and the name's length, as they stand in both headers.
  private func header(_ name: String, _ contents: Data) -> Data {
    let size = little(UInt32(contents.count), 4)
    return Data(count: 8) + little(Self.checksum(contents), 4) + size + size + little(UInt32(name.utf8.count), 2)
      + Data(count: 2)
  }

  private func little(_ value: UInt32, _ count: Int) -> Data {
    Data((0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) })
  }

  /// CRC-32 (ISO 3309), bit by bit.
  private static func checksum(_ data: Data) -> UInt32 {
    ~data.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
  }
}
