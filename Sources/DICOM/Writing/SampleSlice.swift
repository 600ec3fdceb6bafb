import Foundation
internal import Imaging

/// One slice of a ``SampleSeries`` as an MR Image Storage instance.
struct SampleSlice {
  let series: SampleSeries
  let identity: SampleIdentity
  let geometry: Geometry
  let samples: StoredSamples
  let k: Int

  /// Writes `IM<k+1>.dcm`, first under a name that ends in `.part`.
  func write(to folder: URL) throws(DICOMError) -> URL {
    let number = String(repeating: "0", count: max(0, 4 - "\(k + 1)".count)) + "\(k + 1)"
    let file = folder.appendingPathComponent("IM\(number).dcm")
    let part = folder.appendingPathComponent(".IM\(number).dcm.part")
    let dataSet = try DataSetWriter()
    for (keyword, text) in patient + study + equipment + acquisition + plane + image {
      try dataSet.set(keyword, text)
    }
    let vr = samples.isSigned ? "SS" : "US"
    try dataSet.set("SmallestImagePixelValue", "\(samples.smallest)", vr: vr)
    try dataSet.set("LargestImagePixelValue", "\(samples.largest)", vr: vr)
    let count = geometry.width * geometry.height
    try dataSet.setPixelData(Array(samples.words[k * count..<(k + 1) * count]))
    try? FileManager.default.removeItem(at: part)
    try dataSet.write(to: part.path, transferSyntaxUID: series.transferSyntaxUID)
    guard rename(part.path, file.path) == 0 else {
      throw DICOMError(.unreadable, path: file.path, "cannot be renamed: \(String(cString: strerror(errno)))")
    }
    return file
  }

  private typealias Texts = [(String, String)]

  private var patient: Texts {
    [
      ("PatientName", "Vigil^Sample"), ("PatientID", "VIGIL-SAMPLE"), ("PatientBirthDate", ""), ("PatientSex", ""),
    ]
  }

  private var study: Texts {
    [
      ("SpecificCharacterSet", "ISO_IR 192"), ("SOPClassUID", SOPClass.mrImageStorage),
      ("SOPInstanceUID", identity.instance(k)), ("StudyInstanceUID", identity.study),
      ("SeriesInstanceUID", identity.series), ("StudyDate", series.date), ("SeriesDate", series.date),
      ("AcquisitionDate", series.date), ("ContentDate", series.date), ("StudyTime", "120000"),
      ("SeriesTime", "120000"), ("AcquisitionTime", "120000"), ("ContentTime", "120000"), ("AccessionNumber", ""),
      ("ReferringPhysicianName", ""), ("StudyID", "1"), ("StudyDescription", series.studyDescription),
      ("SeriesDescription", series.seriesDescription), ("SeriesNumber", "\(series.seriesNumber)"), ("Modality", "MR"),
      ("PatientPosition", "HFS"), ("Laterality", ""),
    ]
  }

  private var equipment: Texts {
    [("Manufacturer", "Vigil"), ("ManufacturerModelName", "vigil sample"), ("SoftwareVersions", "1")]
  }

  private var acquisition: Texts {
    [
      ("ImageType", "DERIVED\\SECONDARY\\OTHER"), ("ScanningSequence", "RM"), ("SequenceVariant", "NONE"),
      ("ScanOptions", ""), ("MRAcquisitionType", "3D"), ("EchoTime", ""), ("EchoTrainLength", ""),
      ("RepetitionTime", ""), ("AcquisitionNumber", "1"), ("InstanceNumber", "\(k + 1)"),
    ] + (series.announcesInstances ? [("NumberOfSeriesRelatedInstances", "\(geometry.depth)")] : [])
  }

  private var plane: Texts {
    let position = geometry.position(i: 0, j: 0, k: Double(k))
    let row = geometry.iStep / geometry.iStep.length
    let column = geometry.jStep / geometry.jStep.length
    return [
      ("FrameOfReferenceUID", identity.frameOfReference), ("PositionReferenceIndicator", ""),
      ("ImagePositionPatient", DICOMNumber.decimalStrings([position.x, position.y, position.z])),
      (
        "ImageOrientationPatient",
        DICOMNumber.decimalStrings([row.x, row.y, row.z, column.x, column.y, column.z])
      ),
      ("PixelSpacing", DICOMNumber.decimalStrings([geometry.jStep.length, geometry.iStep.length])),
      ("SliceThickness", DICOMNumber.decimalString(geometry.kStep.length)),
      ("SpacingBetweenSlices", DICOMNumber.decimalString(geometry.kStep.length)),
    ]
  }

  private var image: Texts {
    [
      ("SamplesPerPixel", "1"), ("PhotometricInterpretation", "MONOCHROME2"), ("Rows", "\(geometry.height)"),
      ("Columns", "\(geometry.width)"), ("BitsAllocated", "16"), ("BitsStored", "\(samples.bitsStored)"),
      ("HighBit", "\(samples.bitsStored - 1)"), ("PixelRepresentation", samples.isSigned ? "1" : "0"),
    ]
  }
}
