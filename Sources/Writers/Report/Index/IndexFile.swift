public import Digests
public import Foundation

/// An index page on the disk, as the place where runs' lines and small pictures are kept. It is read piece by piece; what is held are the
/// places of the pictures, of which a page has a limited number.
public final class IndexFile {
  /// What was asked for is not there as this program would have written it.
  public struct Foreign: Error {}

  /// The digest of the whole file.
  public let digest: SHA256Digest

  private let descriptor: Int32
  /// Bytes between the lines that open and close the runs' data.
  private let rows: Range<Int>
  /// Where each run's picture stands as base64.
  private let pictures: [String: Range<Int>]

  /// Small pictures larger than this are not taken over from a page.
  private static let largestPicture = 65_536
  /// Longer lines are none of ours.
  private static let longestLine = 1 << 20

  /// Opens the page at `place` and looks through it once; links are not followed. nil where there is no file that can be read to its
  /// end. Whether it looks like a page of ours shows when its ``lines(_:)`` are read.
  public init?(_ place: URL) {
    let descriptor = open(place.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    do {
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw Foreign() }
      digest = try Self.digest(descriptor)
      (rows, pictures) = try Self.contents(descriptor, Int(status.st_size))
    } catch {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Gives every run's line to `take`, as they stand: newest first. Throws ``Foreign`` where one is not a line of ours, and what `take` throws.
  public func lines(_ take: (IndexLine) throws -> Void) throws {
    var isLast = false
    try Self.eachLine(descriptor, rows) { _, text in
      if text.isEmpty { return }
      guard !isLast else { throw Foreign() }
      isLast = text.last != UInt8(ascii: ",")
      guard let line = IndexLine(json: isLast ? text : text.dropLast()) else { throw Foreign() }
      try take(line)
    }
  }

  /// The same with `news` put in, each in place of the line with its number and where it belongs by its time.
  public func lines(with news: [IndexLine], _ take: (IndexLine) throws -> Void) throws {
    let numbers = Set(news.map { $0.id })
    var left = news.sorted()[...]
    try lines { line in
      while let next = left.first, next < line { try take(left.removeFirst()) }
      if !numbers.contains(line.id) { try take(line) }
    }
    for line in left { try take(line) }
  }

  /// The runs that have a small picture.
  public var pictured: Set<String> { Set(pictures.keys) }

  func hasPicture(of run: String) -> Bool { pictures[run] != nil }

  /// A run's small picture, a PNG. nil where there is none or what stands there is none: the file may have been edited, and nothing of
  /// it is taken over unread.
  public func picture(of run: String) -> [UInt8]? {
    guard let place = pictures[run], let text = Self.bytes(descriptor, place),
      let png = Data(base64Encoded: Data(text)),
      png.starts(with: [0x89, 0x50, 0x4E, 0x47]), png.count <= Self.largestPicture
    else { return nil }
    return [UInt8](png)
  }
}

extension IndexFile {
  private static func contents(
    _ descriptor: Int32, _ size: Int
  ) throws -> (rows: Range<Int>, pictures: [String: Range<Int>]) {
    enum Part { case before, rows, between, pictures, after }
    var (part, rows, pictures) = (Part.before, 0..<0, [String: Range<Int>]())
    var budget = IndexPage.thumbnailBudget
    try eachLine(descriptor, 0..<size) { place, text in
      let end = place + text.count
      switch part {
      case .before:
        if text.elementsEqual(IndexPage.rowsOpening.utf8) { (part, rows) = (.rows, end + 1..<end + 1) }
      case .rows:
        if text.elementsEqual(IndexPage.rowsClosing.utf8) { (part, rows) = (.between, rows.lowerBound..<place) }
      case .between:
        if text.elementsEqual(IndexPage.picturesOpening.utf8) { part = .pictures }
      case .pictures:
        if text.elementsEqual(IndexPage.picturesClosing.utf8) {
          part = .after
          return
        }
        budget -= text.count + 1
        guard budget >= 0, let space = text.firstIndex(of: UInt8(ascii: " ")),
          let id = Data(base64Encoded: Data(text[..<space])), space + 1 < text.endIndex
        else { return }
        pictures[String(decoding: id, as: UTF8.self)] = place + (space + 1 - text.startIndex)..<end
      case .after: return
      }
    }
    guard part == .between || part == .pictures || part == .after else { return (0..<0, [:]) }
    return (rows, pictures)
  }

  /// Gives each line (without its end) and the place where it begins to `take`; of one that is too long nothing.
  private static func eachLine(
    _ descriptor: Int32, _ range: Range<Int>, _ take: (Int, ArraySlice<UInt8>) throws -> Void
  ) throws {
    var buffer = [UInt8](repeating: 0, count: longestLine)
    // Bytes of the buffer that are filled, and the place in the file of its first.
    var (filled, start, isTooLong) = (0, range.lowerBound, false)
    while true {
      let place = start + filled
      let count = try fill(&buffer, from: filled, descriptor, place, range.upperBound - place)
      if count == 0 { break }
      filled += count
      var begin = 0
      while let end = buffer[begin..<filled].firstIndex(of: UInt8(ascii: "\n")) {
        if !isTooLong { try take(start + begin, buffer[begin..<end]) }
        (isTooLong, begin) = (false, end + 1)
      }
      if begin == 0, filled == buffer.count { (isTooLong, begin) = (true, filled) }
      buffer.replaceSubrange(0..<filled - begin, with: Array(buffer[begin..<filled]))
      (filled, start) = (filled - begin, start + begin)
    }
    if filled > 0, !isTooLong { try take(start, buffer[..<filled]) }
  }

  private static func digest(_ descriptor: Int32) throws -> SHA256Digest {
    var hasher = SHA256Hasher()
    var (buffer, place) = ([UInt8](repeating: 0, count: longestLine), 0)
    while true {
      let count = try fill(&buffer, from: 0, descriptor, place, buffer.count)
      if count == 0 { return hasher.finish() }
      buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      place += count
    }
  }

  /// Reads at `place` into the buffer from `first` on, `most` bytes at most; how many, 0 at the file's end.
  private static func fill(
    _ buffer: inout [UInt8], from first: Int, _ descriptor: Int32, _ place: Int, _ most: Int
  ) throws -> Int {
    let room = min(buffer.count - first, most)
    guard room > 0 else { return 0 }
    while true {
      let count = buffer.withUnsafeMutableBytes { bytes in
        pread(descriptor, bytes.baseAddress.map { $0 + first }, room, off_t(place))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Foreign() }
      return count
    }
  }

  private static func bytes(_ descriptor: Int32, _ range: Range<Int>) -> [UInt8]? {
    guard range.count <= 2 * largestPicture else { return nil }
    var bytes = [UInt8](repeating: 0, count: range.count)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(range.lowerBound)) }
    return count == bytes.count ? bytes : nil
  }
}
