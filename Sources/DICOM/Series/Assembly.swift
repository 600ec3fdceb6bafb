internal import Imaging

/// What a series' headers say about the volumes in it, before any pixel is read.
///
/// Files that cannot be slices are set aside with the attribute that decides; the others are put together by what they are parallel to,
/// separated into volumes by the attributes that tell planes at one position apart, and ordered along the normal of the
/// slices. Neither file names nor InstanceNumber order anything.
public struct Assembly: Sendable {
  /// The series.
  public let series: DICOMSeries
  /// The volumes.
  public let stacks: [Stack]
  /// Files in none of the volumes.
  public let setAside: [SetAside]
  /// What speaks for the series being complete.
  public let evidence: Evidence
  /// What concerns the series as a whole.
  public let findings: [SeriesFinding]

  /// Planes of another orientation, size or spacing than a volume of the series, when they are fewer than this, are no
  /// volume of their own but localizers.
  static let fewestPlanesBesideAVolume = 4

  /// Puts the series' files together.
  public init(_ series: DICOMSeries) {
    self.series = series
    var setAside: [SetAside] = []
    var planes: [PlaneReference] = []
    for (index, header) in series.headers.enumerated() {
      if let refusal = Screening.refusal(header) {
        setAside.append(refusal)
      } else {
        planes += PlaneReference.planes(of: header, file: index)
      }
    }
    var rest: [PlaneReference] = []
    let groups = Self.parallel(planes, rest: &rest)
    let parallel = Self.volumes(groups, rest: rest, of: series, setAside: &setAside)
    let apart = VolumeSplitting.differences(among: parallel)
    stacks = zip(parallel, apart).flatMap { planes, differences in
      VolumeSplitting.split(planes, normal: planes[0].orientation.normal).map { part in
        Stack(part.planes, separatedBy: part.separatedBy.merging(differences) { own, _ in own })
      }
    }
    self.setAside = setAside
    let missing = stacks.reduce(0) { $0 + $1.geometry.depth - $1.planes.count }
    evidence = Evidence(series.headers, missingPositions: missing)
    findings = Self.findings(series, evidence: evidence)
  }

  /// The gravest finding of any volume.
  public var severity: SeriesFinding.Severity { stacks.map { $0.severity }.max() ?? .note }

  /// Planes by what they are parallel to; `rest`: those that would be one orientation too many.
  private static func parallel(_ planes: [PlaneReference], rest: inout [PlaneReference]) -> [[PlaneReference]] {
    var groups: [[PlaneReference]] = []
    for plane in planes {
      if let group = groups.firstIndex(where: { $0[0].isParallel(to: plane) }) {
        groups[group].append(plane)
      } else if groups.count < GeometryTolerance.mostOrientations {
        groups.append([plane])
      } else {
        rest.append(plane)
      }
    }
    return groups
  }

  /// One group: a volume, however few its planes. Several: those with enough planes are volumes, the rest is set aside.
  private static func volumes(
    _ groups: [[PlaneReference]], rest: [PlaneReference], of series: DICOMSeries, setAside: inout [SetAside]
  ) -> [[PlaneReference]] {
    guard groups.count > 1 else { return groups }
    let volumes = groups.filter { $0.count >= fewestPlanesBesideAVolume }
    let few = groups.filter { $0.count < fewestPlanesBesideAVolume }.joined()
    for plane in Array(few) + rest { setAside.append(mixed(plane, beside: volumes, groups: groups, in: series)) }
    return volumes
  }

  private static func mixed(
    _ plane: PlaneReference, beside volumes: [[PlaneReference]], groups: [[PlaneReference]], in series: DICOMSeries
  ) -> SetAside {
    let other = (volumes.first ?? groups[0])[0]
    let header = series.headers[plane.file]
    let what =
      volumes.isEmpty
      ? "\(groups.count) orientations or matrices in one series, none with a volume's worth of slices"
      : "not parallel to the series' volume or of another size"
    if plane.rows != other.rows || plane.columns != other.columns {
      return SetAside(header, "Rows (0028,0010)", "\(what): \(plane.rows) x \(plane.columns)")
    }
    if plane.frameOfReferenceUID != other.frameOfReferenceUID {
      return SetAside(header, "FrameOfReferenceUID (0020,0052)", "\(what): another frame of reference")
    }
    if plane.orientation.distance(to: other.orientation) > GeometryTolerance.cosine || volumes.isEmpty {
      return SetAside(header, "ImageOrientationPatient (0020,0037)", "\(what): mixed orientation, as in a localizer")
    }
    return SetAside(header, "PixelSpacing (0028,0030)", "\(what): another pixel spacing")
  }

  private static func findings(_ series: DICOMSeries, evidence: Evidence) -> [SeriesFinding] {
    var findings: [SeriesFinding] = []
    if case .folder = series.key { findings.append(.noSeriesInstanceUID) }
    let unnamed = series.headers.filter { $0.sopInstanceUID.isEmpty }.count
    if unnamed > 0 { findings.append(.noSOPInstanceUID(files: unnamed)) }
    if evidence.missingInstanceNumbers > 0 {
      findings.append(.instanceNumbersMissing(count: evidence.missingInstanceNumbers))
    }
    if evidence.missingTemporalPlanes > 0 {
      findings.append(.temporalPositionsMissing(planes: evidence.missingTemporalPlanes))
    }
    if evidence.truncatedFiles > 0 { findings.append(.filesCutShort(count: evidence.truncatedFiles)) }
    for keyword in evidence.announced.keys.sorted() where keyword != "NumberOfTemporalPositions" {
      let expected = evidence.announced[keyword] ?? 0
      if expected > evidence.files {
        findings.append(.fewerThanAnnounced(keyword: keyword, expected: expected, found: evidence.files))
      }
    }
    return findings
  }
}
