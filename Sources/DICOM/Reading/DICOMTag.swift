/// Tags this room reads, by their DICOM keyword; the raw value is `group << 16 | element` (PS3.6).
enum DICOMTag: UInt32 {
  case specificCharacterSet = 0x0008_0005
  case imageType = 0x0008_0008
  case sopClassUID = 0x0008_0016
  case sopInstanceUID = 0x0008_0018
  case studyDate = 0x0008_0020
  case acquisitionTime = 0x0008_0032
  case modality = 0x0008_0060
  case manufacturer = 0x0008_0070
  case seriesDescription = 0x0008_103E
  case sliceThickness = 0x0018_0050
  case spacingBetweenSlices = 0x0018_0088
  case studyInstanceUID = 0x0020_000D
  case seriesInstanceUID = 0x0020_000E
  case seriesNumber = 0x0020_0011
  case acquisitionNumber = 0x0020_0012
  case instanceNumber = 0x0020_0013
  case imagePositionPatient = 0x0020_0032
  case imageOrientationPatient = 0x0020_0037
  case frameOfReferenceUID = 0x0020_0052
  case numberOfTemporalPositions = 0x0020_0105
  case imagesInAcquisition = 0x0020_1002
  case numberOfSeriesRelatedInstances = 0x0020_1209
  case inConcatenationTotalNumber = 0x0020_9163
  case numberOfSlices = 0x0054_0081
  case numberOfRRIntervals = 0x0054_0061
  case numberOfTimeSlots = 0x0054_0071
  case numberOfTimeSlices = 0x0054_0101
  case petSeriesType = 0x0054_1000
  case samplesPerPixel = 0x0028_0002
  case photometricInterpretation = 0x0028_0004
  case numberOfFrames = 0x0028_0008
  case rows = 0x0028_0010
  case columns = 0x0028_0011
  case pixelSpacing = 0x0028_0030
  case bitsAllocated = 0x0028_0100
  case bitsStored = 0x0028_0101
  case highBit = 0x0028_0102
  case pixelRepresentation = 0x0028_0103
  case pixelPaddingValue = 0x0028_0120
  case rescaleIntercept = 0x0028_1052
  case rescaleSlope = 0x0028_1053
  case rescaleType = 0x0028_1054
  case sharedFunctionalGroups = 0x5200_9229
  case perFrameFunctionalGroups = 0x5200_9230
  case frameContent = 0x0020_9111
  case planePosition = 0x0020_9113
  case planeOrientation = 0x0020_9116
  case pixelMeasures = 0x0028_9110
  case pixelValueTransformation = 0x0028_9145

  /// `(gggg,eeee)`, four hexadecimal digits each.
  var text: String { Self.text(rawValue) }

  static func text(_ tag: UInt32) -> String {
    func hex(_ value: UInt32) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
    return "(\(hex(tag >> 16)),\(hex(tag & 0xFFFF)))"
  }
}
