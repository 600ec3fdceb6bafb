public import Foundation
public import Imaging

/// Writes a volume as a classic DICOM MR series, one file for each slice, to try things with.
///
/// MR Image Storage (PS3.3 A.4) has no rescale: whole numbers that fit 16 bits are stored as they are; any other values are
/// multiplied by ``Written/scale`` and rounded, so that the largest magnitude uses 15 bits.
public struct SampleSeries: Sendable {
  /// SeriesDescription (0008,103E).
  public var seriesDescription = "Vigil sample"
  /// StudyDescription (0008,1030).
  public var studyDescription = "Vigil sample"
  /// SeriesNumber (0020,0011).
  public var seriesNumber = 1
  /// StudyDate (0008,0020), SeriesDate and AcquisitionDate, `yyyymmdd`.
  public var date = "20260101"
  /// Goes into the UIDs beside the volume's content and the descriptions: another seed gives another series.
  public var seed = ""
  /// StudyInstanceUID (0020,000D), so that several series make up a study; nil: derived like the others.
  public var studyInstanceUID: String?
  /// FrameOfReferenceUID (0020,0052), so that several series share one; nil: derived like the others.
  public var frameOfReferenceUID: String?
  /// Whether each file says how many there are (NumberOfSeriesRelatedInstances, 0020,1209), as archives do.
  public var announcesInstances = false
  /// The transfer syntax to write: any that DCMTK encodes without loss.
  public var transferSyntaxUID = "1.2.840.10008.1.2.1"

  /// The defaults: uncompressed, explicit little endian.
  public init() {}

  /// What was written.
  public struct Written: Sendable {
    /// The files, in the order of `k`.
    public let files: [URL]
    /// StudyInstanceUID (0020,000D).
    public let studyInstanceUID: String
    /// SeriesInstanceUID (0020,000E).
    public let seriesInstanceUID: String
    /// SOPInstanceUIDs (0008,0018), in the order of `k`.
    public let sopInstanceUIDs: [String]
    /// Stored value / voxel value; 1 when the voxels were whole numbers that fit 16 bits.
    public let scale: Double
  }

  /// Writes the slices `k` of `volume` as `IM0001.dcm`, ... into `folder`, which is made if it is absent; each file appears whole.
  /// Rows run along `i`. The steps must be at right angles; either handedness is fine.
  public func write(_ volume: Volume, to folder: URL) throws(DICOMError) -> Written {
    let geometry = volume.geometry
    guard geometry.isRightAngled else {
      throw DICOMError(.unsupported, path: folder.path, "the volume's steps are not at right angles")
    }
    let samples = StoredSamples(volume.voxels)
    let identity = SampleIdentity(volume, series: self)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw DICOMError(.unreadable, path: folder.path, "cannot be made: \(error.localizedDescription)")
    }
    var files: [URL] = []
    for k in 0..<geometry.depth {
      let slice = SampleSlice(series: self, identity: identity, geometry: geometry, samples: samples, k: k)
      files.append(try slice.write(to: folder))
    }
    return Written(
      files: files, studyInstanceUID: identity.study, seriesInstanceUID: identity.series,
      sopInstanceUIDs: (0..<geometry.depth).map(identity.instance), scale: samples.scale)
  }
}

extension Geometry {
  /// Whether the three steps are at right angles, to a thousandth.
  var isRightAngled: Bool {
    let steps = [iStep / iStep.length, jStep / jStep.length, kStep / kStep.length]
    let angles = [steps[0].dot(steps[1]), steps[1].dot(steps[2]), steps[2].dot(steps[0])]
    return angles.allSatisfy { abs($0) < 1e-3 }
  }
}
