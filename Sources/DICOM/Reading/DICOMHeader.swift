internal import CDCMTK
public import Foundation

/// Everything of one DICOM file but its pixels, as far as making volumes needs it. No patient's name, ID or birth date.
///
/// Reading costs one short read of the file. The generic value of any other attribute is in ``DICOMAttributes``.
public struct DICOMHeader: Sendable {
  /// The file.
  public let file: URL
  /// The file's size and time when the header was read.
  public let identity: FileIdentity
  /// TransferSyntaxUID (0002,0010).
  public let transferSyntaxUID: String
  /// SOPClassUID (0008,0016); empty when the file has none.
  public let sopClassUID: String
  /// SOPInstanceUID (0008,0018); empty when the file has none.
  public let sopInstanceUID: String
  /// StudyInstanceUID (0020,000D); empty when the file has none.
  public let studyInstanceUID: String
  /// SeriesInstanceUID (0020,000E); empty when the file has none.
  public let seriesInstanceUID: String
  /// FrameOfReferenceUID (0020,0052); empty when the file has none.
  public let frameOfReferenceUID: String
  /// Modality (0008,0060); empty when the file has none.
  public let modality: String
  /// Manufacturer (0008,0070); empty when the file has none.
  public let manufacturer: String
  /// SeriesDescription (0008,103E), UTF-8; empty when the file has none.
  public let seriesDescription: String
  /// ImageType (0008,0008).
  public let imageType: [String]
  /// InstanceNumber (0020,0013).
  public let instanceNumber: Int?
  /// Counts that DICOM lets a file carry, by keyword: ImagesInAcquisition, NumberOfSlices, NumberOfSeriesRelatedInstances,
  /// InConcatenationTotalNumber, NumberOfTemporalPositions.
  public let expectedCounts: [String: Int]
  /// How many instances the whole series has, if the file says so.
  public let announcement: Announcement?
  /// How the pixels are stored; nil when the file has no Rows or no Columns.
  public let pixels: PixelDescription?
  /// One for each frame whose functional groups are there; one for a single-frame file.
  public let frames: [FrameHeader]
  /// What a Siemens mosaic holds; nil for any other image.
  let mosaic: Mosaic?

  /// The header of the file, read without following a symbolic link and without waiting for a FIFO.
  public init(_ file: URL, limits: DICOMLimits = DICOMLimits()) throws(DICOMError) {
    let open = try OpenFile(file.path, limits: limits)
    open.expect(.beginningOnly)
    let dataSet = try DataSet.header(of: open, limits: limits)
    try self.init(file, identity: open.identity, dataSet: dataSet)
  }

  init(_ file: URL, identity: FileIdentity, dataSet: DataSet) throws(DICOMError) {
    let root = dataSet.root
    self.file = file
    self.identity = identity
    transferSyntaxUID = dataSet.transferSyntaxUID
    sopClassUID = root.text(.sopClassUID) ?? ""
    sopInstanceUID = root.text(.sopInstanceUID) ?? ""
    studyInstanceUID = root.text(.studyInstanceUID) ?? ""
    seriesInstanceUID = root.text(.seriesInstanceUID) ?? ""
    frameOfReferenceUID = root.text(.frameOfReferenceUID) ?? ""
    modality = root.text(.modality) ?? ""
    manufacturer = root.text(.manufacturer) ?? ""
    seriesDescription = root.text(.seriesDescription) ?? ""
    imageType = root.texts(.imageType)
    instanceNumber = root.int(.instanceNumber)
    expectedCounts = Self.counts(root)
    announcement = Announcement(root, modality: modality)
    pixels = PixelDescription(root, layout: vigil_dicom_pixels(dataSet.handle))
    frames = FrameReader.frames(root)
    mosaic = Mosaic(root, imageType: imageType)
    guard !sopClassUID.isEmpty || !modality.isEmpty || pixels != nil else {
      throw DICOMError(
        .notDICOM, path: file.path, "no SOPClassUID (0008,0016), no Modality (0008,0060) and no image in it")
    }
  }

  private static func counts(_ root: DataItem) -> [String: Int] {
    var counts: [String: Int] = [:]
    counts["ImagesInAcquisition"] = root.int(.imagesInAcquisition)
    counts["NumberOfSlices"] = root.int(.numberOfSlices)
    counts["NumberOfSeriesRelatedInstances"] = root.int(.numberOfSeriesRelatedInstances)
    counts["InConcatenationTotalNumber"] = root.int(.inConcatenationTotalNumber)
    counts["NumberOfTemporalPositions"] = root.int(.numberOfTemporalPositions)
    return counts.filter { $0.value > 0 }
  }
}
