public import Digests
public import Imaging

/// One volume of a DICOM series. Only ``SeriesConversion`` makes one.
public struct Scan: Sendable {
  /// A file that the volume was made of.
  public struct Instance: Sendable, Hashable {
    /// Its path.
    public let path: String
    /// Its size.
    public let bytes: Int64
    /// The digest of its bytes.
    public let sha256: SHA256Digest
  }

  /// The voxels after the rescale: HU for CT, arbitrary units for MR. `k` ascends along `iStep x jStep`.
  public let volume: Volume
  /// SeriesInstanceUID, or what stands in for it.
  public let seriesKey: String
  /// StudyInstanceUID.
  public let studyInstanceUID: String?
  /// StudyDate, `YYYYMMDD`.
  public let studyDate: String?
  /// Modality.
  public let modality: String?
  /// SeriesDescription.
  public let seriesDescription: String?
  /// SOPInstanceUID of each plane, by `k`; empty where the plane was filled in between its neighbours.
  public let planes: [String]
  /// The files, in the order of the planes.
  public let instances: [Instance]
  /// Files of the series that were left out, and why.
  public let skipped: [(path: String, reason: String)]
  /// Why the series is not complete: what is missing, and between which instances.
  public let incompleteness: [String]
  /// What a person should know.
  public let notes: [String]
  /// Over the sorted digests of the instances.
  public let inputDigest: SHA256Digest
  let attributes: HeaderAttributes

  /// An attribute of the first slice by its keyword: the whole text, then its values where it has several. Empty where it is
  /// absent, and for everything that names or describes the patient (group 0010).
  public func attribute(_ keyword: String) -> [String] { attributes.values(of: keyword) }
}

/// A series that does not become a volume, with the reasons.
public struct SeriesRefusal: Error, Sendable {
  /// What was expected, what was found.
  public let message: String
  /// The same file by file, where files are the cause.
  public let files: [(path: String, reason: String)]
  /// SeriesInstanceUID, or what stands in for it.
  public let seriesKey: String
  /// StudyInstanceUID.
  public let studyInstanceUID: String?
  /// StudyDate, `YYYYMMDD`.
  public let studyDate: String?
  /// Modality.
  public let modality: String?
  /// SeriesDescription.
  public let seriesDescription: String?
  /// All files of the series that could be read.
  public let instances: [Scan.Instance]
  /// Over the sorted digests of the instances.
  public let inputDigest: SHA256Digest
}

/// The header of a slice as rules ask it, read when asked.
struct HeaderAttributes: Sendable {
  let path: String

  func values(of keyword: String) -> [String] {
    guard let tag = DICOMDictionary.tag(of: keyword), tag.group != 0x0010,
      let dataset = try? DICOMDataset(path: path, headerOnly: true), let text = dataset.text(tag)
    else { return [] }
    let parts = dataset.texts(tag)
    return parts.count > 1 ? [text] + parts : [text]
  }
}
