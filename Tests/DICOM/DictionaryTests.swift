import DICOM
import Testing

@Suite struct DictionaryTests {
  @Test func keywordsHaveTheirTags() throws {
    try DICOMDictionary.check()
    #expect(DICOMDictionary.tag(of: "EchoTime") == 0x0018_0081)
    #expect(DICOMDictionary.tag(of: "NoSuchKeyword") == nil)
  }
}
