/// One segment of a DICOM SEG or one region of an RTSTRUCT.
public struct Segment: Sendable, Hashable {
  /// SegmentNumber (0062,0004) or ROINumber (3006,0022): the label in a ``PlacedMask``.
  public let number: Int
  /// SegmentLabel (0062,0005) or ROIName (3006,0026), UTF-8.
  public let label: String
  /// SegmentedPropertyTypeCodeSequence (0062,000F); nil when absent.
  public let propertyType: CodedConcept?
  /// SegmentedPropertyCategoryCodeSequence (0062,0003); nil when absent.
  public let propertyCategory: CodedConcept?
}

/// A code of a coding scheme (PS3.3 8.8), for instance SNOMED CT's 85756007, "Tissue".
public struct CodedConcept: Sendable, Hashable {
  /// CodeValue (0008,0100).
  public let value: String
  /// CodingSchemeDesignator (0008,0102), for instance "SCT".
  public let scheme: String
  /// CodeMeaning (0008,0104).
  public let meaning: String

  /// A code.
  public init(value: String, scheme: String, meaning: String) {
    self.value = value
    self.scheme = scheme
    self.meaning = meaning
  }

  init?(_ item: DataItem?) {
    guard let item, let value = item.text(0x0008_0100) ?? item.text(0x0008_0119) else { return nil }
    self.init(value: value, scheme: item.text(0x0008_0102) ?? "", meaning: item.text(0x0008_0104) ?? "")
  }
}
