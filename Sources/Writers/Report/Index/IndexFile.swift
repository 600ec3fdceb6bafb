public import Digests
public import Foundation

/// An index page on the disk, as the place where runs' lines and small pictures are kept. It is read piece by piece; what is held are the
/// places of the pictures, of which a page has a limited number.
public final class IndexFile {
  /// The lines are not as they were when the page was looked through, or not as this program writes them.
  public struct Foreign: Error {}

  /// The digest of the whole file.
  public let digest: SHA256Digest

  private let path: String
  private let descriptor: Int32
  private let contents: Contents

  /// What a page has where.
  private struct Contents {
    /// Bytes between the lines that open and close the runs' data, and their digest. Empty where a page has not both.
    var rows = 0..<0
    var rowsDigest = SHA256Digest(of: [])
    /// Where each run's picture stands as base64. Empty where the page ends before they do.
    var pictures: [String: Range<Int>] = [:]
  }

  /// Small pictures larger than this are not taken over from a page.
  private static let largestPicture = 65_536
  /// Longer lines are none of ours.
  private static let longestLine = 1 << 20
  /// A larger file is no page of ours: a million runs take less.
  private static let largestPage = 1 << 30

  /// Looks through the page at `place` once; links are not followed. nil where there is no regular file that may be read, or one that is
  /// too large.
  public static func open(_ place: URL) throws(OutputError) -> IndexFile? {
    let descriptor = Glibc.open(place.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0, [ENOENT, ELOOP, EACCES, EPERM, ENXIO, ENOTDIR].contains(errno) { return nil }
    guard descriptor >= 0 else { throw OutputError("opening \(place.path)") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= largestPage else {
      close(descriptor)
      return nil
    }
    do throws(OutputError) {
      return try IndexFile(descriptor, size: Int(status.st_size), path: place.path)
    } catch {
      close(descriptor)
      throw error
    }
  }

  private init(_ descriptor: Int32, size: Int, path: String) throws(OutputError) {
    var hasher = SHA256Hasher()
    do {
      contents = try Self.lookThrough(LineReader(descriptor, 0..<size, path: path), &hasher)
    } catch {
      throw error as? OutputError ?? OutputError("reading \(path)", because: "\(error)")
    }
    digest = hasher.finish()
    (self.path, self.descriptor) = (path, descriptor)
  }

  deinit { close(descriptor) }

  /// Gives every run's line to `take`, as they stand: newest first. Throws ``Foreign`` (only at the end, it may be), `OutputError` where the
  /// file cannot be read, and what `take` throws.
  public func lines(_ take: (IndexLine) throws -> Void) throws {
    var hasher = SHA256Hasher()
    var isLast = false
    try LineReader(descriptor, contents.rows, path: path).eachLine(longest: Self.longestLine, &hasher) { _, text in
      guard let text, !isLast else { throw Foreign() }
      // The one line of a page without runs.
      if text.isEmpty { return }
      isLast = text.last != UInt8(ascii: ",")
      guard let line = IndexLine(json: isLast ? text : text.dropLast()) else { throw Foreign() }
      try take(line)
    }
    guard hasher.finish() == contents.rowsDigest else { throw Foreign() }
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
  public var pictured: Set<String> { Set(contents.pictures.keys) }

  func hasPicture(of run: String) -> Bool { contents.pictures[run] != nil }

  /// A run's small picture, a PNG. nil where there is none or what stands there is none: the file may have been edited, and nothing of
  /// it is taken over unread.
  public func picture(of run: String) throws(OutputError) -> [UInt8]? {
    guard let place = contents.pictures[run], place.count <= 2 * Self.largestPicture else { return nil }
    let text = try LineReader(descriptor, place, path: path).all()
    guard let png = Data(base64Encoded: Data(text)), png.count <= Self.largestPicture,
      png.starts(with: Self.pngBeginning), png.suffix(Self.pngEnd.count).elementsEqual(Self.pngEnd)
    else { return nil }
    return [UInt8](png)
  }

  /// Signature, and the chunk that ends every file (PNG, third edition, 5.2 and 11.2.5).
  private static let pngBeginning: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let pngEnd: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

  private static func lookThrough(_ reader: LineReader, _ hasher: inout SHA256Hasher) throws -> Contents {
    enum Part { case before, rows, between, pictures, after }
    var (part, found) = (Part.before, Contents())
    var rowsHasher: SHA256Hasher? = SHA256Hasher()
    var (start, budget) = (0, IndexPage.thumbnailBudget)
    try reader.eachLine(longest: longestLine, &hasher) { place, text in
      guard let text else { return }
      let end = place + text.count
      switch part {
      case .before:
        if text.elementsEqual(IndexPage.rowsOpening.utf8) { (part, start) = (.rows, end + 1) }
      case .rows:
        if text.elementsEqual(IndexPage.rowsClosing.utf8), let digest = rowsHasher.take()?.finish() {
          (part, found.rows, found.rowsDigest) = (.between, start..<place, digest)
        } else {
          text.withUnsafeBytes { rowsHasher?.update($0) }
          rowsHasher?.update("\n")
        }
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
        found.pictures[String(decoding: id, as: UTF8.self)] = place + (space + 1 - text.startIndex)..<end
      case .after: return
      }
    }
    if part != .after { found.pictures = [:] }
    return found
  }
}
