internal import CDCMTK
public import Foundation

/// The text of a file's attributes by DICOM keyword, for the conditions of rules and for the record.
///
/// Only standard attributes that have a text form of at most 1024 bytes, from the data set itself and from the functional groups
/// that hold for its first frame. Never: names of persons (VR PN), the patient's module but for age, sex, size and weight,
/// the accession number, and institution or address details.
public struct DICOMAttributes: Sendable, Hashable {
  /// The values, several of one attribute separated by backslashes, UTF-8.
  public private(set) var values: [String: String] = [:]

  /// The value for a keyword such as `"SeriesDescription"`; nil when the file does not carry it or it is not for us.
  public subscript(keyword: String) -> String? { values[keyword] }

  /// Reads the header of a file.
  public init(_ file: URL, limits: DICOMLimits = DICOMLimits()) throws(DICOMError) {
    let open = try OpenFile(file.path, limits: limits)
    self.init(try DataSet.header(of: open, limits: limits))
  }

  init(_ dataSet: DataSet) {
    let root = dataSet.root
    if let shared = root.child(.sharedFunctionalGroups) { addMacros(of: shared) }
    if let first = root.child(.perFrameFunctionalGroups) { addMacros(of: first) }
    add(elementsOf: root)
    values["TransferSyntaxUID"] = dataSet.transferSyntaxUID
  }

  /// Why no file ever gives a value for a keyword; nil where one may.
  public static func objection(to keyword: String) -> String? {
    guard let tag = DICOMDictionary.tag(of: keyword), let vr = DICOMDictionary.vr(of: keyword) else { return nil }
    if vr == "SQ" { return "it is a sequence, which has no text" }
    return isShareable(tag, vr: vr, keyword: keyword) ? nil : "it may name a person or a place"
  }

  /// What makes one volume of a series itself replaces what its first file says.
  mutating func set(_ distinctions: [Distinction: String]) {
    for (distinction, value) in distinctions where !distinction.isGeometry { values[distinction.rawValue] = value }
  }

  private mutating func addMacros(of groups: DataItem) {
    groups.eachElement { tag, vr, _ in
      if vr == "SQ", let macro = groups.child(tag) { add(elementsOf: macro) }
    }
  }

  private mutating func add(elementsOf item: DataItem) {
    var seen: Set<UInt32> = []
    item.eachElement { tag, vr, keyword in
      guard !keyword.isEmpty, vr != "SQ", seen.insert(tag).inserted, Self.isShareable(tag, vr: vr, keyword: keyword)
      else { return }
      guard let text = item.text(tag), text.utf8.count <= 1024 else { return }
      values[keyword] = text
    }
  }

  private static let patientKeywords: Set<String> = ["PatientSex", "PatientAge", "PatientSize", "PatientWeight"]

  private static let withheld: Set<String> = [
    "AccessionNumber", "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "DeviceSerialNumber",
    "StationName", "StudyID", "PerformedProcedureStepID", "RequestedProcedureID", "ScheduledProcedureStepID",
    "AdmissionID", "IssuerOfAdmissionID", "ServiceEpisodeID", "ImageComments", "StudyComments",
  ]

  private static func isShareable(_ tag: UInt32, vr: String, keyword: String) -> Bool {
    if vr == "PN" || withheld.contains(keyword) { return false }
    switch tag >> 16 {
    case 0x0010: return patientKeywords.contains(keyword)
    case 0x0032, 0x0038, 0x0040: return false
    default: return true
    }
  }
}

extension DataItem {
  /// Calls `body` with tag, VR and keyword of each element directly in the item.
  func eachElement(_ body: (UInt32, String, String) -> Void) {
    var tag: UInt32 = 0
    var vr = [CChar](repeating: 0, count: 3)
    var keyword = [CChar](repeating: 0, count: 128)
    for index in 0..<vigil_item_elements(dataSet.handle, item) {
      guard vigil_item_element(dataSet.handle, item, index, &tag, &vr, &keyword, keyword.count) else { continue }
      body(tag, Self.text(vr), Self.text(keyword))
    }
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
