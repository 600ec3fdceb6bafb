import Foundation

/// `index.html`: every run in one page, newest first, with search, filters and the review queue.
///
/// Each run is a line of the page's data, and the page on the disk is where the lines are kept: the next page is made of them
/// (``init(continuing:newest:software:)``), so that one new run among ten thousand costs one line and joining the lines, and nothing that
/// grows with the runs stays in memory. Rows come from the audit database. Small pictures, ten times as large as the lines, are read
/// back likewise (``thumbnails(in:)``).
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

  /// The runs that the plain table shows, newest first, without pictures: what the lines of a page do not tell.
  public var newest: [RunSummary] { entries.prefix(IndexTable.plainRows).compactMap { $0.run } }

  /// What a line of a page's data says of its place.
  private struct Place: Decodable {
    let id: String
    let at: Int64
  }

  /// Takes up a page that this program wrote, as it is on the disk; its pictures are left out. `newest`: the runs of its plain table,
  /// as ``newest`` gave them. nil for a page that does not look like one of ours with those runs.
  public init?(continuing page: [UInt8], newest: [RunSummary], software: String) {
    guard let data = Self.part(of: page, from: Self.dataOpening, to: Self.dataClosing) else { return nil }
    var lines = page[data].split(separator: UInt8(ascii: "\n"))
    for place in lines.indices.dropLast() {
      guard lines[place].popLast() == UInt8(ascii: ",") else { return nil }
    }
    guard let places = try? JSONDecoder().decode([Place].self, from: Data("[".utf8 + page[data] + "]".utf8)),
      places.count == lines.count
    else { return nil }
    self.software = software
    entries.reserveCapacity(lines.count + 64)
    for (number, (line, place)) in zip(lines, places).enumerated() {
      let key = Key(at: place.at, id: place.id)
      let run = number < newest.count ? newest[number] : nil
      guard number >= IndexTable.plainRows || run?.id == key.id else { return nil }
      entries.append(Entry(key: key, line: Array(line), run: run))
      keys[key.id] = key
    }
    guard newest.count <= entries.count else { return nil }
  }

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
    page += Self.dataOpening.utf8
    for (place, entry) in entries.enumerated() {
      if place > 0 { page += ",\n".utf8 }
      page += entry.line
    }
    // The script comes before the pictures, so that the list is there while they are still being read.
    page += "\(Self.dataClosing)\n<script>\(PageAssets.indexScript)</script>\n\(Self.opening)\n".utf8
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
  private static let dataOpening = "<script type=\"application/json\" id=\"runs\">[\n"
  private static let dataClosing = "\n]</script>"
  private static let opening = "<script type=\"text/plain\" id=\"thumbnails\">"
  private static let closing = "</script>"

  /// Small pictures larger than this are not taken over from a page.
  private static let largestThumbnail = 65_536

  /// A run's number as a word without spaces: base64, so that no number can break a line.
  static func token(_ id: String) -> String { Base64.text(Array(id.utf8)) }

  /// The small pictures of a page that this program wrote, by run. What does not look like one is left out: the file may have
  /// been edited, and nothing of it is taken over unread.
  public static func thumbnails(in page: [UInt8]) -> [String: [UInt8]] {
    guard let lines = part(of: page, from: opening, to: closing) else { return [:] }
    var result: [String: [UInt8]] = [:]
    for line in page[lines].split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 2, let id = Data(base64Encoded: Data(words[0])),
        let png = Data(base64Encoded: Data(words[1])),
        png.starts(with: [0x89, 0x50, 0x4E, 0x47]), png.count <= largestThumbnail
      else { continue }
      result[String(decoding: id, as: UTF8.self)] = [UInt8](png)
    }
    return result
  }

  /// The places between two texts of a page; nil where it has not both.
  private static func part(of page: [UInt8], from opening: String, to closing: String) -> Range<Int>? {
    let bytes = Data(page)
    guard let start = bytes.range(of: Data(opening.utf8)),
      let end = bytes.range(of: Data(closing.utf8), in: start.upperBound..<bytes.endIndex)
    else { return nil }
    return start.upperBound..<end.lowerBound
  }
}
