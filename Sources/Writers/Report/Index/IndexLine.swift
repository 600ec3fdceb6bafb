import Foundation

/// One run as a line of the index page's data: JSON that the page's script reads. Ordered as the page is: newest first; runs of the
/// same millisecond by their number.
public struct IndexLine: Sendable, Comparable {
  /// The run's number.
  public let id: String
  /// When it began, milliseconds since 1970, UTC.
  let at: Int64
  /// The JSON, UTF-8, without a line break.
  let json: [UInt8]

  /// The line of `run`, without its picture.
  public init(_ run: RunSummary) throws(ReportError) {
    json = Array(try ScriptJSON.text(IndexRow(run)).utf8)
    id = run.id
    at = IndexRow.milliseconds(run.startedAt)
  }

  /// What a line says of its place.
  private struct Place: Decodable {
    let id: String
    let at: Int64
  }

  /// A line as it stands in a page; nil for what is none.
  init?(json: some Collection<UInt8>) {
    let bytes = Array(json)
    guard let place = try? JSONDecoder().decode(Place.self, from: Data(bytes)) else { return nil }
    (id, at, self.json) = (place.id, place.at, bytes)
  }

  /// Whether `left` stands above `right`.
  public static func < (left: IndexLine, right: IndexLine) -> Bool {
    left.at != right.at
      ? left.at > right.at
      : left.id.count != right.id.count
        ? left.id.count > right.id.count : left.id > right.id
  }
}
