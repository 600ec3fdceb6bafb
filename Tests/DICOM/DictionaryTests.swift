import DICOM
import Testing

@Suite struct DictionaryTests {
  @Test func keywordsHaveTheirTags() throws {
    try DICOMDictionary.check()
    #expect(DICOMDictionary.tag(of: "EchoTime") == 0x0018_0081)
    #expect(DICOMDictionary.tag(of: "NoSuchKeyword") == nil)
  }

  @Test(arguments: [
    "StationName", "InstitutionName", "DeviceSerialNumber", "PatientName", "PatientBirthDate", "OperatorsName",
    "RequestedProcedureDescription", "ReferencedImageSequence",
  ])
  func whatIsWithheldIsSaid(keyword: String) { #expect(DICOMAttributes.objection(to: keyword) != nil) }

  @Test(arguments: ["Modality", "PatientAge", "EchoTime", "SeriesDescription", "NoSuchKeyword"])
  func whatMayBeAskedIsNot(keyword: String) { #expect(DICOMAttributes.objection(to: keyword) == nil) }
}
