import CDeflate
import CZlib

/// Compresses pieces of a stream apart from each other, so that threads can share the work, such that put one behind the other they
/// are one DEFLATE stream (RFC 1951). Not for several threads at once.
///
/// libdeflate ends each piece's stream with a block marked as the last. zlib's inflate then tells where that block begins and ends
/// (on the way proving that the piece can be read back); the mark is taken off, and an empty stored block follows, which ends on
/// a whole byte (3.2.4). The last piece keeps its mark.
final class DeflatePieces: @unchecked Sendable {
  /// More than a piece may hold.
  static let mostBytes = 1 << 26

  /// One piece.
  struct Piece: Sendable {
    let deflated: [UInt8]
    /// Of the bytes before compression.
    let crc: UInt32
    let count: Int
  }

  private let compressor: OpaquePointer
  private let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 64)

  init?(level: Int32) {
    guard let compressor = libdeflate_alloc_compressor(level) else { return nil }
    self.compressor = compressor
  }

  deinit {
    libdeflate_free_compressor(compressor)
    window.deallocate()
  }

  /// The next piece; nil when memory is short or it could not be read back.
  func compressed(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> Piece? {
    let bound = libdeflate_deflate_compress_bound(compressor, bytes.count)
    var isGood = false
    let deflated = [UInt8](unsafeUninitializedCapacity: bound + 5) { target, filled in
      let made = libdeflate_deflate_compress(compressor, bytes.baseAddress, bytes.count, target.baseAddress, bound)
      guard made > 0, let start = target.baseAddress else { return }
      filled = isLast ? made : opened(start, made, count: bytes.count) ?? 0
      isGood = filled > 0
    }
    guard isGood else { return nil }
    return Piece(
      deflated: deflated, crc: libdeflate_crc32(0, bytes.baseAddress, bytes.count), count: bytes.count)
  }

  /// Takes the mark off the last block and ends the stream on a whole byte; its new length. `stream` has room for five bytes more.
  private func opened(_ stream: UnsafeMutablePointer<UInt8>, _ length: Int, count: Int) -> Int? {
    guard let last = lastBlock(stream, length, count: count) else { return nil }
    stream[last.lowerBound / 8] &= ~(1 << UInt8(last.lowerBound % 8))
    if last.upperBound % 8 != 0 { stream[last.upperBound / 8] &= (1 << UInt8(last.upperBound % 8)) - 1 }
    let end = (last.upperBound + 3 + 7) / 8
    for place in length..<max(length, end) { stream[place] = 0 }
    for (place, byte) in [0, 0, 0xFF, 0xFF].enumerated() { stream[end + place] = UInt8(byte) }
    return end + 4
  }

  /// The bits of the stream's last block, if the stream holds `count` bytes.
  private func lastBlock(_ stream: UnsafeMutablePointer<UInt8>, _ length: Int, count: Int) -> Range<Int>? {
    var state = z_stream()
    guard inflateInit2_(&state, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&state) }
    state.next_in = stream
    state.avail_in = UInt32(length)
    var start = 0
    while true {
      state.next_out = window.bindMemory(to: UInt8.self).baseAddress
      state.avail_out = UInt32(window.count)
      guard inflate(&state, Z_BLOCK) == Z_OK else { return nil }
      // zlib.h on data_type: 128 says that a block has just ended, 64 that it was the last, the low bits how many of the byte are not used.
      guard state.data_type & 128 != 0 else { continue }
      let end = Int(state.total_in) * 8 - Int(state.data_type & 7)
      if state.data_type & 64 != 0 { return Int(state.total_out) == count ? start..<end : nil }
      start = end
    }
  }
}
