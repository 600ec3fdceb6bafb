import Digests
import Foundation

/// Lines of a part of an open file, read piece by piece.
struct LineReader {
  private let descriptor: Int32
  private let range: Range<Int>
  private let path: String

  /// The bytes `range` of a file; it may end before.
  init(_ descriptor: Int32, _ range: Range<Int>, path: String) {
    (self.descriptor, self.range, self.path) = (descriptor, range, path)
  }

  /// Gives the place where each line begins and the line, without its end, to `take`; nil for one of `longest` bytes or more. What was
  /// read goes into `hasher`. Throws `OutputError` and what `take` throws.
  func eachLine(
    longest: Int, _ hasher: inout SHA256Hasher, _ take: (Int, ArraySlice<UInt8>?) throws -> Void
  ) throws {
    var buffer = [UInt8](repeating: 0, count: max(1, min(longest, range.count)))
    // Bytes of the buffer that are filled, and the place in the file of its first.
    var (filled, start, isTooLong) = (0, range.lowerBound, false)
    while true {
      let count = try read(at: start + filled, into: &buffer, from: filled)
      if count == 0 { break }
      buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[filled..<filled + count])) }
      filled += count
      var begin = 0
      while let end = buffer[begin..<filled].firstIndex(of: UInt8(ascii: "\n")) {
        try take(start + begin, isTooLong ? nil : buffer[begin..<end])
        (isTooLong, begin) = (false, end + 1)
      }
      if begin == 0, filled == buffer.count, filled < range.count { (isTooLong, begin) = (true, filled) }
      buffer.replaceSubrange(0..<filled - begin, with: Array(buffer[begin..<filled]))
      (filled, start) = (filled - begin, start + begin)
    }
    if filled > 0 || isTooLong { try take(start, isTooLong ? nil : buffer[..<filled]) }
  }

  /// All bytes, without asking for lines.
  func all() throws(OutputError) -> [UInt8] {
    var (bytes, filled) = ([UInt8](repeating: 0, count: range.count), 0)
    while filled < bytes.count {
      let count = try read(at: range.lowerBound + filled, into: &bytes, from: filled)
      if count == 0 { break }
      filled += count
    }
    return Array(bytes[..<filled])
  }

  /// Reads at `place` into the buffer from `first` on, no further than the range; how many bytes, 0 at its end and at the file's.
  private func read(at place: Int, into buffer: inout [UInt8], from first: Int) throws(OutputError) -> Int {
    let room = min(buffer.count - first, range.upperBound - place)
    guard room > 0 else { return 0 }
    while true {
      let count = buffer.withUnsafeMutableBytes { bytes in
        pread(descriptor, bytes.baseAddress.map { $0 + first }, room, off_t(place))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw OutputError("reading \(path)") }
      return count
    }
  }
}
