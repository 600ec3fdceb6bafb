/// `index.html`: every run in one page, newest first, with search, filters and the review queue.
///
/// Each run is a line of the page's data, and the page on the disk is where the lines are kept (``IndexFile``): the next page is
/// written while that one is read, line by line. So one new run among ten thousand costs one line and copying the lines, and neither
/// the process that keeps the page nor a moment of its work holds anything that grows with the runs.
///
/// The page's bytes, UTF-8, are ``head``, each run's ``row(_:)``, newest first, and the ``rest(_:)``. The same runs and pictures give
/// the same bytes.
public struct IndexPage {
  /// Bytes of small pictures, as base64, that a page carries, newest first: a page of ten thousand runs must open within a
  /// second.
  public static let thumbnailBudget = 12_000_000

  /// Runs that the plain table for browsers without JavaScript shows, the newest.
  public static let plainRows = 100

  /// The page's beginning.
  public let head: [UInt8]

  private let pictures: IndexPictures
  private var hasRows = false
  /// Runs with a row and a picture. As many as there are pictures, whose bytes have a limit.
  private var pictured: [String] = []

  /// A page of which nothing is written.
  ///
  /// - Parameters:
  ///   - software: name and version of the program that makes it.
  ///   - newest: the runs of the plain table, newest first, ``plainRows`` of them.
  ///   - pictures: small pictures of runs; of runs that get no row none is written.
  public init(software: String, newest: [RunSummary], pictures: IndexPictures) {
    let table = newest.map { IndexTable.row($0) }
    head = Array("\(IndexTable.head(software: software, newest: table))\(Self.rowsOpening)\n".utf8)
    self.pictures = pictures
  }

  /// The next run's row.
  public mutating func row(_ line: IndexLine) -> [UInt8] {
    defer { hasRows = true }
    if pictures.holds(line.id) { pictured.append(line.id) }
    return hasRows ? Array(",\n".utf8) + line.json : line.json
  }

  /// Gives what comes after the last row to `write`, piece by piece. Throws what that throws, and `OutputError` where a picture of the
  /// page before cannot be read.
  public func rest(_ write: ([UInt8]) throws -> Void) throws {
    // The script comes before the pictures, so that the list is there while they are still being read.
    try write(
      Array("\n\(Self.rowsClosing)\n<script>\(PageAssets.indexScript)</script>\n\(Self.picturesOpening)\n".utf8))
    var left = Self.thumbnailBudget
    for run in pictured {
      guard let picture = try pictures.picture(of: run) else { continue }
      let line = "\(Self.token(run)) \(Base64.text(picture))\n"
      guard line.utf8.count <= left else { continue }
      left -= line.utf8.count
      try write(Array(line.utf8))
    }
    try write(Array("\(Self.picturesClosing)\n</body>\n</html>\n".utf8))
  }

  // Each of these is a line of the page; no text of a run can be one, since `<` is escaped in all of them.
  static let rowsOpening = "<script type=\"application/json\" id=\"runs\">["
  static let rowsClosing = "]</script>"
  static let picturesOpening = "<script type=\"text/plain\" id=\"thumbnails\">"
  static let picturesClosing = "</script>"

  /// A run's number as a word without spaces: base64, so that no number can break a line.
  static func token(_ id: String) -> String { Base64.text(Array(id.utf8)) }
}

/// Small pictures for a page: those that came with new runs, and those of the page before.
public struct IndexPictures {
  private let fresh: [String: [UInt8]]
  private let earlier: IndexFile?

  /// `fresh`: PNG by run; they come before the ones that `earlier` has.
  public init(fresh: [String: [UInt8]] = [:], earlier: IndexFile? = nil) {
    self.fresh = fresh
    self.earlier = earlier
  }

  func holds(_ run: String) -> Bool { fresh[run] != nil || earlier?.hasPicture(of: run) == true }

  func picture(of run: String) throws(OutputError) -> [UInt8]? {
    if let picture = fresh[run] { return picture }
    return try earlier?.picture(of: run)
  }
}
