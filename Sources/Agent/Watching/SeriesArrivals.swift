internal import DICOM
package import Intake

/// What one file says of the series that it is part of.
package struct SeriesMark: Hashable, Sendable {
  /// StudyInstanceUID (0020,000D); empty where the file has none.
  let study: String
  /// SOPInstanceUID (0008,0018).
  let instance: String
  /// How many instances the series has, and the attribute that says so.
  let announced: Int?
  let keyword: String
  /// Whether the file ends before its pixel data do: it may still be being written.
  let isCutShort: Bool

  package init(study: String, instance: String, announced: Int?, keyword: String, isCutShort: Bool) {
    (self.study, self.instance, self.announced) = (study, instance, announced)
    (self.keyword, self.isCutShort) = (keyword, isCutShort)
  }
}

extension SeriesMark {
  init(_ header: DICOMHeader) {
    self.init(
      study: header.studyInstanceUID, instance: header.sopInstanceUID, announced: header.announcement?.instances,
      keyword: header.announcement?.keyword ?? "", isCutShort: header.pixels?.isTruncated == true)
  }
}

/// What a quiet file was seen to be.
enum Sighting: Sendable {
  /// It belongs to this; with what a file of a series says of the series.
  case part(of: Parcel, SeriesMark? = nil)
  /// Nobody's: left alone.
  case aside
  /// It could not be read, for a cause that can pass.
  case unavailable
}

/// The series that are arriving: their studies, and how many of their announced instances are there. Forgotten when they settle.
package struct SeriesArrivals: Sendable {
  private struct Arrival {
    var study = ""
    var announced = 0
    var keyword = ""
    /// Only where a count is announced.
    var instances: Set<String> = []
  }

  private var arrivals: [GroupKey: Arrival] = [:]
  private var limit = 64

  /// Nothing is arriving.
  package init() {}

  /// Notes a file of the series; returns the evidence where it was the last of those announced, which only counts where the
  /// series has `files` files or more.
  package mutating func note(_ mark: SeriesMark, of key: GroupKey, files: Int) -> String? {
    var arrival = arrivals[key] ?? Arrival()
    if arrival.study.isEmpty { arrival.study = mark.study }
    if let announced = mark.announced, announced > arrival.announced {
      (arrival.announced, arrival.keyword) = (announced, mark.keyword)
    }
    if mark.announced != nil, !mark.isCutShort, !mark.instance.isEmpty { arrival.instances.insert(mark.instance) }
    arrivals[key] = arrival
    guard arrival.announced > 0, min(arrival.instances.count, files) >= arrival.announced else { return nil }
    return "\(arrival.keyword) \(arrival.announced), all there"
  }

  /// Forgets a series that has settled.
  package mutating func forget(_ key: GroupKey) { arrivals[key] = nil }

  /// Forgets all but these, once there are many more: a series whose files have gone before it settled is arriving no more.
  mutating func keep(_ open: @autoclosure () -> [GroupKey]) {
    guard arrivals.count > limit else { return }
    let open = Set(open())
    arrivals = arrivals.filter { open.contains($0.key) }
    limit = 2 * arrivals.count + 64
  }

  /// The studies of which one of the groups `open` is a series.
  package func studies(of open: [GroupKey]) -> Set<String> { Set(open.compactMap { arrivals[$0]?.study }) }

  /// How many series are arriving.
  package var count: Int { arrivals.count }
}
