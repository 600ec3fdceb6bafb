import CDeflate

/// gzip (RFC 1952) in memory, by libdeflate.
package enum Gzip {
  /// Why bytes could not be expanded.
  package enum Failure: Error, Equatable {
    case tooLarge(limit: Int)
    case damaged(String)
  }

  /// DEFLATE cannot expand a byte to more than this many (RFC 1951: 258 bytes from at least two bits).
  private static let mostExpansion = 1032

  /// Whether the bytes start as a gzip member does.
  static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.count >= 18 && bytes[0] == 0x1F && bytes[1] == 0x8B }

  /// All members of `bytes`, one after the other; zeros after the last member are padding. At most `limit` bytes are ever
  /// asked for: first as many as the trailer promises, then twice as many at each step while that is too few.
  package static func expanded(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    let promised = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard promised <= limit else { throw .tooLarge(limit: limit) }
    let bound = min(limit, bytes.count.multipliedReportingOverflow(by: mostExpansion).partialValue)
    var capacity = min(max(promised, 1 << 16), bound)
    while true {
      let (result, output) = expand(bytes, capacity: capacity)
      switch result {
      case LIBDEFLATE_SUCCESS: return output
      case LIBDEFLATE_INSUFFICIENT_SPACE where capacity < bound: capacity = min(bound, 2 * capacity)
      case LIBDEFLATE_INSUFFICIENT_SPACE: throw .tooLarge(limit: bound)
      default: throw .damaged("the compressed data is damaged or cut off")
      }
    }
  }

  private static func expand(_ bytes: [UInt8], capacity: Int) -> (libdeflate_result, [UInt8]) {
    guard let decompressor = libdeflate_alloc_decompressor() else { return (LIBDEFLATE_BAD_DATA, []) }
    defer { libdeflate_free_decompressor(decompressor) }
    var result = LIBDEFLATE_SUCCESS
    let output = [UInt8](unsafeUninitializedCapacity: capacity) { target, filled in
      bytes.withUnsafeBytes { source in
        var place = 0
        while place < source.count, filled == 0 || source[place...].contains(where: { $0 != 0 }) {
          var taken = 0
          var made = 0
          result = libdeflate_gzip_decompress_ex(
            decompressor, source.baseAddress.map { $0 + place }, source.count - place,
            target.baseAddress.map { $0 + filled }, capacity - filled, &taken, &made)
          guard result == LIBDEFLATE_SUCCESS, taken > 0 else { return }
          place += taken
          filled += made
        }
      }
    }
    return (result, output)
  }

  /// One member that holds `bytes`, with modification time 0: the same bytes always give the same member.
  package static func compressed(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
    guard let compressor = libdeflate_alloc_compressor(level) else { return nil }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_gzip_compress_bound(compressor, bytes.count)
    let output = [UInt8](unsafeUninitializedCapacity: bound) { target, filled in
      bytes.withUnsafeBytes { source in
        filled = libdeflate_gzip_compress(compressor, source.baseAddress, source.count, target.baseAddress, bound)
      }
    }
    return output.isEmpty ? nil : output
  }
}
