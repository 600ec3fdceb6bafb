/// Unsigned whole numbers from little-endian bytes.
extension [UInt8] {
  /// `count` (at most 8) bytes from `offset` on, least significant first; nil when they do not lie in the array.
  func littleEndian(at offset: Int, count: Int) -> UInt64? {
    guard offset >= 0, count <= 8, offset <= self.count, count <= self.count - offset else { return nil }
    return self[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// As above, when the value fits an `Int`.
  func littleEndianInt(at offset: Int, count: Int) -> Int? {
    littleEndian(at: offset, count: count).flatMap { Int(exactly: $0) }
  }
}
