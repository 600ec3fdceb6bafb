/// Why one file cannot be used, in a sentence that names the file and, where one decides, the attribute.
public struct DICOMError: Error, CustomStringConvertible, Sendable, Hashable {
  /// What kind of problem it is.
  public enum Kind: String, Sendable, Hashable {
    /// The file cannot be opened or read, or is no regular file (a FIFO, a socket, a symbolic link, a folder).
    case unreadable
    /// The bytes are not DICOM.
    case notDICOM
    /// DICOM, but damaged: a length that lies, a file cut short, an element missing.
    case malformed
    /// It would cost more than a limit of ``DICOMLimits`` allows.
    case overBudget
    /// Sound DICOM of a kind that cannot be converted.
    case unsupported
    /// The file is not the one whose header was read before.
    case changed
    /// The system does not let a file be written: the disk is full, broken or read-only.
    case unwritable
  }

  /// What kind of problem it is.
  public let kind: Kind
  /// The file's path.
  public let path: String
  /// What was expected and what was found.
  public let reason: String

  /// The value of `errno` where the system did not let the file be opened or read.
  public let code: Int32?

  /// A problem with the file at `path`.
  public init(_ kind: Kind, path: String, _ reason: String, code: Int32? = nil) {
    self.kind = kind
    self.path = path
    self.reason = reason
    self.code = code
  }

  /// The file's name (never its folder's) and the reason.
  public var description: String {
    "\((path.split(separator: "/").last.map(String.init) ?? path).printable): \(reason)"
  }
}
