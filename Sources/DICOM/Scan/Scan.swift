public import Digests
public import Foundation
public import Imaging

/// One volume made from one DICOM series: the value of the journey's stage *converted*.
public struct Scan: Sendable {
  /// The voxels after rescale, on a grid whose `k` ascends along row cross column.
  public let volume: Volume
  /// The attributes of the volume's first instance, without what identifies the patient.
  public let attributes: DICOMAttributes
  /// Modality (0008,0060).
  public let modality: String
  /// StudyInstanceUID (0020,000D); empty when the files have none.
  public let studyInstanceUID: String
  /// SeriesInstanceUID (0020,000E); empty when the files have none.
  public let seriesInstanceUID: String
  /// FrameOfReferenceUID (0020,0052); empty when the files have none.
  public let frameOfReferenceUID: String
  /// Where each plane `k` comes from.
  public let planes: [ScanPlane]
  /// Every file that went into the volume, with its digest, in the order of their paths.
  public let instances: [ScanInstance]
  /// Files of the series that are not in this volume, and why. Files of the series' other volumes are not listed.
  public let skipped: [SetAside]
  /// What was found; nothing fatal.
  public let findings: [SeriesFinding]
  /// What speaks for the series being complete.
  public let evidence: Evidence
  /// The attributes that set this volume apart from the series' others, by keyword; empty when it is the only one.
  public let separatedBy: [String: String]
}

/// Where one plane of a volume comes from.
public struct ScanPlane: Sendable, Hashable {
  /// SOPInstanceUID (0008,0018); nil for a plane interpolated between its neighbours; empty when the file has none.
  public let sopInstanceUID: String?
  /// SOPClassUID (0008,0016); empty when the file has none or the plane is interpolated.
  public let sopClassUID: String
  /// The frame within the instance, from 1; for a single-frame file 1.
  public let frame: Int
  /// Whether the instance has several frames, so that a reference must name the frame.
  public let isMultiFrame: Bool
}

/// One file of a scan.
public struct ScanInstance: Sendable, Hashable {
  /// The file.
  public let file: URL
  /// SOPInstanceUID (0008,0018); empty when it has none.
  public let sopInstanceUID: String
  /// SOPClassUID (0008,0016); empty when it has none.
  public let sopClassUID: String
  /// Bytes.
  public let bytes: UInt64
  /// SHA-256 of the file's bytes.
  public let sha256: SHA256Digest
}

extension Scan {
  /// The digest of everything that went in: the instances' distinct digests in the order of their values, so that file names, folders and copies do not matter.
  public var inputDigest: SHA256Digest {
    var hasher = SHA256Hasher()
    for digest in Set(instances.map(\.sha256.description)).sorted() { hasher.update(digest + "\n") }
    for (keyword, value) in separatedBy.sorted(by: { $0.key < $1.key }) { hasher.update("\(keyword)=\(value)\n") }
    return hasher.finish()
  }
}
