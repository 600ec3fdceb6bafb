import CZlib

/// The frame around the pieces of one gzip member (RFC 1952), with modification time 0.
struct GzipMember {
  /// What goes before the first piece.
  static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

  private var crc: UInt = 0
  private var count = 0

  /// Takes note of the next piece.
  mutating func add(_ piece: DeflatePieces.Piece) {
    crc = count == 0 ? UInt(piece.crc) : crc32_combine(crc, UInt(piece.crc), piece.count)
    count += piece.count
  }

  /// What goes behind the last piece.
  var trailer: [UInt8] {
    let words = [UInt32(truncatingIfNeeded: crc), UInt32(truncatingIfNeeded: count)]
    return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
  }
}
