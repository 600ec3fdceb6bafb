import Foundation

/// `index.html`: every run in one page, newest first, with search, filters and the review queue.
///
/// A value that is kept: each run is written once as a line of the page's data and kept as bytes, so that one new run among ten
/// thousand costs one line and joining the lines. Rows come from the audit database. Small pictures are ten times as large as the
/// lines: they are kept only until a page with them is on the disk (``forgetThumbnails()``), and read back from there
/// (``thumbnails(in:)``) for the next page.
public struct IndexPage: Sendable {
  /// Bytes of small pictures, as base64, that a page carries, newest first: a page of ten thousand runs must open within a
  /// second.
  public static let thumbnailBudget = 12_000_000

  private struct Entry: Sendable {
    let key: Key
    let line: [UInt8]
    /// What the plain table shows; nil where the run is too old for it.
    var run: RunSummary?
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
  /// Small pictures that came with the runs, PNG, by run.
  private var thumbnails: [String: [UInt8]] = [:]

  /// A page without runs, made by `software` (name and version).
  public init(software: String) { self.software = software }

  /// How many runs the page has.
  public var count: Int { entries.count }

  /// Puts a run in, in place of the one with the same number. Without a thumbnail the earlier one stays.
  public mutating func update(_ run: RunSummary) throws(ReportError) {
    let line = Array(try ScriptJSON.text(IndexRow(run)).utf8)
    take(out: run.id)
    if let picture = run.thumbnail { thumbnails[run.id] = picture }
    let key = Key(at: IndexRow.milliseconds(run.startedAt), id: run.id)
    var kept = run
    kept.thumbnail = nil
    let place = place(of: key)
    entries.insert(Entry(key: key, line: line, run: place < IndexTable.plainRows ? kept : nil), at: place)
    if entries.count > IndexTable.plainRows { entries[IndexTable.plainRows].run = nil }
    keys[run.id] = key
  }

  private mutating func take(out id: String) {
    if let key = keys.removeValue(forKey: id) { entries.remove(at: place(of: key)) }
  }

  /// Takes a run out.
  public mutating func remove(run id: String) {
    take(out: id)
    thumbnails[id] = nil
  }

  /// Lets go of the small pictures: a page with them is on the disk by now.
  public mutating func forgetThumbnails() { thumbnails = [:] }

  /// The first place whose key is not before `key`.
  private func place(of key: Key) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The whole file, UTF-8. The same runs always give the same bytes, whatever the order they came in. `earlier`: small pictures of
  /// the page before this one, for runs whose own were let go.
  public func html(earlier: [String: [UInt8]] = [:]) -> [UInt8] {
    let newest = entries.prefix(IndexTable.plainRows).compactMap { $0.run.map { IndexTable.row($0) } }
    var page = Array(IndexTable.head(software: software, newest: newest).utf8)
    page.reserveCapacity(page.count + entries.reduce(0) { $0 + $1.line.count + 2 } + 100_000)
    page += "<script type=\"application/json\" id=\"runs\">[\n".utf8
    for (place, entry) in entries.enumerated() {
      if place > 0 { page += ",\n".utf8 }
      page += entry.line
    }
    // The script comes before the pictures, so that the list is there while they are still being read.
    page += "\n]</script>\n<script>\(PageAssets.indexScript)</script>\n\(Self.opening)\n".utf8
    var left = Self.thumbnailBudget
    for entry in entries {
      guard let picture = thumbnails[entry.key.id] ?? earlier[entry.key.id] else { continue }
      let line = "\(Self.token(entry.key.id)) \(Base64.text(picture))\n"
      guard line.utf8.count <= left else { continue }
      left -= line.utf8.count
      page += line.utf8
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
