/// Something about a series that a person, a rule or the record should know, and the attribute that decides it.
public enum SeriesFinding: Sendable, Hashable, CustomStringConvertible {
  /// How much it matters.
  public enum Severity: String, Sendable, Hashable, Comparable {
    /// Told, nothing more.
    case note
    /// The volume can only be made by interpolating what is not there: the rule's `incomplete` decides.
    case incomplete
    /// No volume can be made.
    case fatal

    /// By how much it matters.
    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

    private var rank: Int {
      switch self {
      case .note: 0
      case .incomplete: 1
      case .fatal: 2
      }
    }
  }

  /// Slices are missing between two neighbours: `missing` whole steps of the series' spacing. `after` and `before` are SOP
  /// Instance UIDs, `from` and `to` positions along the normal, mm.
  case gap(missing: Int, after: String, before: String, from: Double, to: Double)
  /// The distances of neighbouring slices differ, and not by whole steps. mm; the largest is between the two instances named.
  case irregularSpacing(smallest: Double, largest: Double, after: String, before: String)
  /// Two files hold the same slice with the same pixels; one was dropped.
  case duplicateIdentical(kept: String, dropped: String)
  /// Two files claim the same position with different pixels, and no attribute tells them apart.
  case duplicateDifferent(first: String, second: String, position: Double)
  /// Slices do not lie on a straight line; `distance` mm from it at most.
  case crooked(distance: Double, uid: String)
  /// The line through the slices leans against their normal: a tilted gantry. Degrees.
  case tilted(degrees: Double)
  /// Only one slice: no thickness is known from positions; the extent along the normal comes from `keyword`, mm.
  case singleSlice(thickness: Double, keyword: String)
  /// The files have no SeriesInstanceUID (0020,000E); they were held together by their folder.
  case noSeriesInstanceUID
  /// Files have no SOPInstanceUID (0008,0018), so planes cannot be traced to instances.
  case noSOPInstanceUID(files: Int)
  /// The volume is one of several that this series holds; `by` names the attribute and the value that set it apart.
  case oneOfSeveral(index: Int, count: Int, by: [String])
  /// InstanceNumber (0020,0013) leaves out numbers within its range although positions are regular.
  case instanceNumbersMissing(count: Int)
  /// The series carries fewer images than an attribute announces.
  case fewerThanAnnounced(keyword: String, expected: Int, found: Int)
  /// Planes are missing from the announced number of temporal positions.
  case temporalPositionsMissing(planes: Int)
  /// Files end before their pixel data do; they are in no volume.
  case filesCutShort(count: Int)
  /// MONOCHROME1 (0028,0004): low values are shown white. Values were left as they are.
  case monochrome1
  /// Pixels with PixelPaddingValue (0028,0120) may be among the voxels, rescaled like the others.
  case padding(storedValue: Int)
  /// Positions were interpolated because the rule processes incomplete series; `planes` of them.
  case resampled(planes: Int)
  /// The orientation's cosines are no unit vectors at right angles.
  case badOrientation(uid: String)

  /// How much it matters.
  public var severity: Severity {
    switch self {
    case .gap, .irregularSpacing, .temporalPositionsMissing, .filesCutShort: .incomplete
    case .fewerThanAnnounced(let keyword, _, _): Evidence.undecided.contains(keyword) ? .note : .incomplete
    case .duplicateDifferent, .crooked, .badOrientation: .fatal
    default: .note
    }
  }

  /// The attribute that decides, `Keyword (gggg,eeee)`.
  public var attribute: String {
    switch self {
    case .gap, .irregularSpacing, .crooked, .tilted, .duplicateDifferent, .resampled:
      "ImagePositionPatient (0020,0032)"
    case .duplicateIdentical, .noSOPInstanceUID: "SOPInstanceUID (0008,0018)"
    case .singleSlice: "SliceThickness (0018,0050)"
    case .noSeriesInstanceUID: "SeriesInstanceUID (0020,000E)"
    case .oneOfSeveral(_, _, let by): by.joined(separator: ", ")
    case .instanceNumbersMissing: "InstanceNumber (0020,0013)"
    case .fewerThanAnnounced(let keyword, _, _): keyword
    case .temporalPositionsMissing: "NumberOfTemporalPositions (0020,0105)"
    case .filesCutShort: "PixelData (7FE0,0010)"
    case .monochrome1: "PhotometricInterpretation (0028,0004)"
    case .padding: "PixelPaddingValue (0028,0120)"
    case .badOrientation: "ImageOrientationPatient (0020,0037)"
    }
  }

  /// One sentence.
  public var description: String {
    switch self {
    case .gap(let missing, let after, let before, let from, let to):
      "\(missing) slice\(missing == 1 ? "" : "s") missing between \(Self.mm(from)) and \(Self.mm(to)) mm "
        + "(after \(after), before \(before))"
    case .irregularSpacing(let smallest, let largest, let after, let before):
      "irregular spacing: neighbouring slices are \(Self.mm(smallest)) to \(Self.mm(largest)) mm apart "
        + "(the most after \(after), before \(before))"
    case .duplicateIdentical(let kept, let dropped): "\(dropped) repeats \(kept), pixel for pixel; dropped"
    case .duplicateDifferent(let first, let second, let position):
      "\(first) and \(second) claim the same position (\(Self.mm(position)) mm) with different pixels"
    case .crooked(let distance, let uid):
      "slice \(uid) lies \(Self.mm(distance)) mm beside the line through the others"
    case .tilted(let degrees): "the stack leans by \(Self.mm(degrees)) degrees (gantry tilt)"
    case .singleSlice(let thickness, let keyword):
      "one slice only; \(keyword) gives its extent, \(Self.mm(thickness)) mm"
    case .noSeriesInstanceUID: "the files carry no SeriesInstanceUID (0020,000E); their folder holds them together"
    case .noSOPInstanceUID(let files): "\(files) files carry no SOPInstanceUID (0008,0018)"
    case .oneOfSeveral(let index, let count, let by):
      "volume \(index + 1) of \(count) in this series" + (by.isEmpty ? "" : ": " + by.joined(separator: ", "))
    case .instanceNumbersMissing(let count): "\(count) numbers missing in the range of InstanceNumber (0020,0013)"
    case .fewerThanAnnounced(let keyword, let expected, let found): "\(keyword) announces \(expected), found \(found)"
    case .temporalPositionsMissing(let planes):
      "\(planes) plane\(planes == 1 ? "" : "s") missing from the announced NumberOfTemporalPositions (0020,0105)"
    case .filesCutShort(let count):
      "\(count) file\(count == 1 ? " ends" : "s end") before the pixel data do; perhaps still being sent"
    case .monochrome1: "MONOCHROME1: low values are shown white; values left as they are"
    case .padding(let value): "stored value \(value) marks padding; kept"
    case .resampled(let planes): "\(planes) planes interpolated from their neighbours"
    case .badOrientation(let uid):
      "ImageOrientationPatient (0020,0037) of \(uid) is no pair of unit vectors at right angles"
    }
  }

  private static func mm(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
