import CDCMTK

/// DICOM's data dictionary (PS3.6), as DCMTK has it.
public enum DICOMDictionary {
  /// Whether there is an attribute of this keyword, for instance `SeriesDescription`.
  public static func knows(keyword: String) -> Bool { tag(of: keyword) != nil }

  /// DCMTK's version, for records.
  public static var version: String { String(cString: vigil_dcmtk_version()) }

  static func tag(of keyword: String) -> DICOMTag? {
    var (group, element): (UInt16, UInt16) = (0, 0)
    guard keyword.utf8.allSatisfy({ isWordByte($0) }), vigil_dcmtk_tag(keyword, &group, &element) == 1 else { return nil }
    return DICOMTag(group, element)
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}

/// The tag of an attribute.
struct DICOMTag: Hashable, Sendable {
  let group: UInt16
  let element: UInt16

  init(_ group: UInt16, _ element: UInt16) {
    self.group = group
    self.element = element
  }

  static let imageType = DICOMTag(0x0008, 0x0008)
  static let sopClassUID = DICOMTag(0x0008, 0x0016)
  static let sopInstanceUID = DICOMTag(0x0008, 0x0018)
  static let studyDate = DICOMTag(0x0008, 0x0020)
  static let modality = DICOMTag(0x0008, 0x0060)
  static let seriesDescription = DICOMTag(0x0008, 0x103E)
  static let directoryRecordSequence = DICOMTag(0x0004, 0x1220)
  static let sliceThickness = DICOMTag(0x0018, 0x0050)
  static let spacingBetweenSlices = DICOMTag(0x0018, 0x0088)
  static let studyInstanceUID = DICOMTag(0x0020, 0x000D)
  static let seriesInstanceUID = DICOMTag(0x0020, 0x000E)
  static let imagePositionPatient = DICOMTag(0x0020, 0x0032)
  static let imageOrientationPatient = DICOMTag(0x0020, 0x0037)
  static let samplesPerPixel = DICOMTag(0x0028, 0x0002)
  static let photometricInterpretation = DICOMTag(0x0028, 0x0004)
  static let numberOfFrames = DICOMTag(0x0028, 0x0008)
  static let rows = DICOMTag(0x0028, 0x0010)
  static let columns = DICOMTag(0x0028, 0x0011)
  static let pixelSpacing = DICOMTag(0x0028, 0x0030)
  static let bitsAllocated = DICOMTag(0x0028, 0x0100)
  static let bitsStored = DICOMTag(0x0028, 0x0101)
  static let highBit = DICOMTag(0x0028, 0x0102)
  static let pixelRepresentation = DICOMTag(0x0028, 0x0103)
  static let rescaleIntercept = DICOMTag(0x0028, 0x1052)
  static let rescaleSlope = DICOMTag(0x0028, 0x1053)
}
