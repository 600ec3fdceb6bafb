/// An attribute that may tell one volume of a series from another, in the order in which they are tried. The raw value is the
/// DICOM keyword, or the maker's name for a private one.
public enum Distinction: String, Sendable, Hashable, CaseIterable {
  /// ImageType (0008,0008), or FrameType (0008,9007) of an enhanced object: magnitude and phase, water and fat, ...
  case imageType = "ImageType"
  /// ComplexImageComponent (0008,9208): MAGNITUDE, PHASE, REAL, IMAGINARY.
  case complexImageComponent = "ComplexImageComponent"
  /// GE's private (0043,102F): 0 magnitude, 1 phase, 2 real, 3 imaginary.
  case rawDataType = "GE RawDataType"
  /// GE's private (0043,1030): tells the parts of a field map apart.
  case vasCollapseFlag = "GE VasCollapseFlag"
  /// Philips' private MR Image Type (2005,1011): M, P, R, I, ...
  case philipsImageType = "Philips MRImageTypeMR"
  /// EchoNumbers (0018,0086).
  case echoNumbers = "EchoNumbers"
  /// EchoTime (0018,0081) or EffectiveEchoTime (0018,9082), ms.
  case echoTime = "EchoTime"
  /// InversionTime (0018,0082) or InversionTimes (0018,9079), ms.
  case inversionTime = "InversionTime"
  /// FlipAngle (0018,1314), degrees.
  case flipAngle = "FlipAngle"
  /// DiffusionBValue (0018,9087), or the maker's private one, s/mm^2.
  case diffusionBValue = "DiffusionBValue"
  /// DiffusionDirectionality (0018,9075): DIRECTIONAL, ISOTROPIC, NONE.
  case diffusionDirectionality = "DiffusionDirectionality"
  /// DiffusionGradientOrientation (0018,9089), or the maker's private one.
  case diffusionGradientOrientation = "DiffusionGradientOrientation"
  /// TemporalPositionIdentifier (0020,0100) or TemporalPositionIndex (0020,9128).
  case temporalPosition = "TemporalPositionIdentifier"
  /// FrameReferenceTime (0054,1300) of dynamic PET, ms.
  case frameReferenceTime = "FrameReferenceTime"
  /// NominalPercentageOfCardiacPhase (0020,9241).
  case cardiacPhase = "NominalPercentageOfCardiacPhase"
  /// TriggerTime (0018,1060) or NominalCardiacTriggerDelayTime (0020,9153), ms.
  case triggerTime = "TriggerTime"
  /// StackID (0020,9056).
  case stackID = "StackID"
  /// ConvolutionKernel (0018,1210).
  case convolutionKernel = "ConvolutionKernel"
  /// AcquisitionNumber (0020,0012) or FrameAcquisitionNumber (0020,9156).
  case acquisitionNumber = "AcquisitionNumber"
  /// AcquisitionTime (0008,0032) or FrameAcquisitionDateTime (0018,9074).
  case acquisitionTime = "AcquisitionTime"
  /// ContentTime (0008,0033).
  case contentTime = "ContentTime"
  /// InstanceNumber (0020,0013), where nothing else tells planes apart but its runs cover all positions once each.
  case instanceNumber = "InstanceNumber"
  /// FrameOfReferenceUID (0020,0052), ImageOrientationPatient (0020,0037), Rows (0028,0010), Columns (0028,0011) and PixelSpacing
  /// (0028,0030): planes that differ in these are never of one volume, and nothing of them is tried.
  case frameOfReferenceUID = "FrameOfReferenceUID"
  case imageOrientation = "ImageOrientationPatient"
  case rows = "Rows"
  case columns = "Columns"
  case pixelSpacing = "PixelSpacing"

  /// Whether it says how the planes lie, of which the file's own words stay.
  var isGeometry: Bool {
    switch self {
    case .frameOfReferenceUID, .imageOrientation, .rows, .columns, .pixelSpacing: true
    default: false
    }
  }

  /// Where a single-frame data set carries it.
  var classicTags: [UInt32] {
    switch self {
    case .imageType: [0x0008_0008]
    case .complexImageComponent: [0x0008_9208]
    case .rawDataType: [0x0043_102F]
    case .vasCollapseFlag: [0x0043_1030]
    case .philipsImageType: [0x2005_1011]
    case .echoNumbers: [0x0018_0086]
    case .echoTime: [0x0018_0081]
    case .inversionTime: [0x0018_0082]
    case .flipAngle: [0x0018_1314]
    case .diffusionBValue: [0x0018_9087, 0x0019_100C, 0x2001_1003, 0x0043_1039]
    case .diffusionDirectionality: [0x0018_9075]
    case .diffusionGradientOrientation: [0x0018_9089, 0x0019_100E]
    case .temporalPosition: [0x0020_0100]
    case .frameReferenceTime: [0x0054_1300]
    case .cardiacPhase: [0x0020_9241]
    case .triggerTime: [0x0018_1060]
    case .stackID: [0x0020_9056]
    case .convolutionKernel: [0x0018_1210]
    case .acquisitionNumber: [0x0020_0012]
    case .acquisitionTime: [0x0008_0032]
    case .contentTime: [0x0008_0033]
    case .instanceNumber, .frameOfReferenceUID, .imageOrientation, .rows, .columns, .pixelSpacing: []
    }
  }

  /// Where a frame's functional groups carry it: macro sequence, then attribute.
  var functionalGroupTags: [(macro: UInt32, tag: UInt32)] {
    switch self {
    case .imageType:
      [(0x0018_9226, 0x0008_9007), (0x0018_9329, 0x0008_9007), (0x0018_9751, 0x0008_9007)]
    case .complexImageComponent: [(0x0018_9226, 0x0008_9208)]
    case .rawDataType, .vasCollapseFlag, .philipsImageType, .echoNumbers, .contentTime, .instanceNumber: []
    case .frameOfReferenceUID, .imageOrientation, .rows, .columns, .pixelSpacing: []
    case .echoTime: [(0x0018_9114, 0x0018_9082)]
    case .inversionTime: [(0x0018_9115, 0x0018_9079)]
    case .flipAngle: [(0x0018_9112, 0x0018_1314)]
    case .diffusionBValue: [(0x0018_9117, 0x0018_9087)]
    case .diffusionDirectionality: [(0x0018_9117, 0x0018_9075)]
    case .diffusionGradientOrientation: []
    case .temporalPosition: [(0x0020_9111, 0x0020_9128)]
    case .frameReferenceTime: [(0x0020_9111, 0x0020_9151)]
    case .cardiacPhase: [(0x0018_9118, 0x0020_9241)]
    case .triggerTime: [(0x0018_9118, 0x0020_9153)]
    case .stackID: [(0x0020_9111, 0x0020_9056)]
    case .convolutionKernel: [(0x0018_9314, 0x0018_1210)]
    case .acquisitionNumber: [(0x0020_9111, 0x0020_9156)]
    case .acquisitionTime: [(0x0020_9111, 0x0018_9074)]
    }
  }
}
