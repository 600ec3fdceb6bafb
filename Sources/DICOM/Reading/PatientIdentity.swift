public import Foundation

/// Who the patient of a file is. Read only where a site's rule asks for it; no other type of this room carries it.
public struct PatientIdentity: Sendable, Hashable, Codable {
  /// PatientName (0010,0010) as the file writes it, `family^given^...`; empty when it has none.
  public let name: String
  /// PatientID (0010,0020); empty when it has none.
  public let id: String

  /// Reads the header of a file.
  public init(_ file: URL, limits: DICOMLimits = DICOMLimits()) throws(DICOMError) {
    let open = try OpenFile(file.path, limits: limits)
    let root = try DataSet.header(of: open, limits: limits).root
    name = root.text(0x0010_0010) ?? ""
    id = root.text(0x0010_0020) ?? ""
  }
}
