public import Foundation

/// A file of a series that is in none of its volumes, and why.
public struct SetAside: Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public let file: URL
  /// SOPInstanceUID (0008,0018); empty when unknown.
  public let sopInstanceUID: String
  /// One sentence.
  public let reason: String
  /// The attribute that decides, `Keyword (gggg,eeee)`; empty when the bytes themselves do.
  public let attribute: String
  /// The value of `errno` where the system did not let the file be read.
  public let code: Int32?

  init(_ header: DICOMHeader, _ attribute: String, _ reason: String) {
    file = header.file
    sopInstanceUID = header.sopInstanceUID
    self.reason = reason
    self.attribute = attribute
    code = nil
  }

  init(_ error: DICOMError) {
    file = URL(fileURLWithPath: error.path)
    sopInstanceUID = ""
    reason = error.reason
    attribute = ""
    code = error.code
  }

  /// The file's name, the reason, and the attribute that decides.
  public var description: String {
    "\(file.lastPathComponent.printable): \(reason)" + (attribute.isEmpty ? "" : " [\(attribute)]")
  }
}
