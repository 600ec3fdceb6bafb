import Foundation

/// `index.html`: every run in one page, newest first, with search, filters and the review queue.
///
/// A value that is kept: each run is written once as a line of the page's data and kept as bytes, so that one new run among ten
/// thousand costs one line and joining the lines. Rows come from the audit database; small pictures are read back from the
/// page on the disk (``thumbnails(in:)``) after a restart.
public struct IndexPage: Sendable {
  /// Bytes of small pictures, as base64, that a page carries, newest first: a page of ten thousand runs must open within a
  /// second.
  public static let thumbnailBudget = 12_000_000

  private struct Entry: Sendable {
    let key: Key
    let line: [UInt8]
    let thumbnail: [UInt8]
    let run: RunSummary
  }

  /// Newest first; runs of the same millisecond by their number.
  private struct Key: Sendable, Comparable {
    let at: Int64
    let id: String

    static func < (left: Key, right: Key) -> Bool {
      left.at != right.at
        ? left.at > right.at
        : left.id.count != right.id.count
          ? left.id.count > right.id.count : left.id > right.id
    }
  }

  private let software: String
  private var entries: [Entry] = []
  private var keys: [String: Key] = [:]

  /// A page without runs, made by `software` (name and version).
  public init(software: String) { self.software = software }

  /// How many runs the page has.
  public var count: Int { entries.count }

  /// Puts a run in, in place of the one with the same number. Without a thumbnail the earlier one stays.
  public mutating func update(_ run: RunSummary) throws(ReportError) {
    let line = Array(try ScriptJSON.text(IndexRow(run)).utf8)
    let earlier = remove(run.id)
    let picture = run.thumbnail.map { Array("\(Self.token(run.id)) \(Base64.text($0))".utf8) }
    let key = Key(at: IndexRow.milliseconds(run.startedAt), id: run.id)
    var kept = run
    kept.thumbnail = nil
    let entry = Entry(key: key, line: line, thumbnail: picture ?? earlier?.thumbnail ?? [], run: kept)
    entries.insert(entry, at: place(of: key))
    keys[run.id] = key
  }

  /// Takes a run out.
  public mutating func remove(run id: String) { remove(id) }

  @discardableResult
  private mutating func remove(_ id: String) -> Entry? {
    guard let key = keys.removeValue(forKey: id) else { return nil }
    return entries.remove(at: place(of: key))
  }

  /// The first place whose key is not before `key`.
  private func place(of key: Key) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The whole file, UTF-8. The same runs always give the same bytes, whatever the order they came in.
  public func html() -> [UInt8] {
    var page = Array(
      IndexTable.head(software: software, newest: entries.prefix(IndexTable.plainRows).map { IndexTable.row($0.run) })
        .utf8)
    page.reserveCapacity(page.count + entries.reduce(0) { $0 + $1.line.count + $1.thumbnail.count + 2 } + 100_000)
    page += "<script type=\"application/json\" id=\"runs\">[\n".utf8
    for (place, entry) in entries.enumerated() {
      if place > 0 { page += ",\n".utf8 }
      page += entry.line
    }
    // The script comes before the pictures, so that the list is there while they are still being read.
    page += "\n]</script>\n<script>\(PageAssets.indexScript)</script>\n\(Self.opening)\n".utf8
    var left = Self.thumbnailBudget
    for entry in entries where !entry.thumbnail.isEmpty && entry.thumbnail.count <= left {
      left -= entry.thumbnail.count
      page += entry.thumbnail
      page.append(UInt8(ascii: "\n"))
    }
    page += "\(Self.closing)\n</body>\n</html>\n".utf8
    return page
  }
}

extension IndexPage {
  private static let opening = "<script type=\"text/plain\" id=\"thumbnails\">"
  private static let closing = "</script>"

  /// Small pictures larger than this are not taken over from a page.
  private static let largestThumbnail = 65_536

  /// A run's number as a word without spaces: base64, so that no number can break a line.
  static func token(_ id: String) -> String { Base64.text(Array(id.utf8)) }

  /// The small pictures of a page that this program wrote, by run. What does not look like one is left out: the file may have
  /// been edited, and nothing of it is taken over unread.
  public static func thumbnails(in page: [UInt8]) -> [String: [UInt8]] {
    let bytes = Data(page)
    guard let start = bytes.range(of: Data(opening.utf8)),
      let end = bytes.range(of: Data(closing.utf8), in: start.upperBound..<bytes.endIndex)
    else { return [:] }
    var result: [String: [UInt8]] = [:]
    for line in page[start.upperBound..<end.lowerBound].split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 2, let id = Data(base64Encoded: Data(words[0])),
        let png = Data(base64Encoded: Data(words[1])),
        png.starts(with: [0x89, 0x50, 0x4E, 0x47]), png.count <= largestThumbnail
      else { continue }
      result[String(decoding: id, as: UTF8.self)] = [UInt8](png)
    }
    return result
  }
}
