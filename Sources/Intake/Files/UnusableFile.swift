import Glibc

/// Something in an inbox that can never be part of a scan, and why. It is named so that it can be refused, not lost.
public struct UnusableFile: Error, Sendable, Hashable, CustomStringConvertible {
  /// Why it cannot be used.
  public enum Kind: Sendable, Hashable {
    /// A symbolic link: Intake follows none.
    case symbolicLink
    /// A folder where a file was asked about.
    case folder
    /// A named pipe: reading it would wait for ever.
    case fifo
    /// A Unix-domain socket.
    case socket
    /// A character or block device.
    case device
    /// The system refused to say; the value of `errno`.
    case unreadable(errno: Int32)
    /// The name is not valid UTF-8. `path` then has `\xHH` for each byte outside ASCII.
    case nameNotUTF8
    /// Folders are nested deeper than Intake follows.
    case tooDeep

    /// `nil` for a regular file.
    init?(mode: mode_t) {
      switch mode & S_IFMT {
      case S_IFREG: return nil
      case S_IFLNK: self = .symbolicLink
      case S_IFDIR: self = .folder
      case S_IFIFO: self = .fifo
      case S_IFSOCK: self = .socket
      default: self = .device
      }
    }
  }

  /// The path, escaped if its bytes are not UTF-8.
  public let path: String
  /// Why it cannot be used.
  public let kind: Kind

  /// Names the file at `path` as unusable for the reason `kind`.
  public init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// Whether the cause can pass although nobody changes the file (``PassingCause``): then it is to be asked about again.
  public var canPass: Bool { if case .unreadable(let code) = kind { PassingCause.holds(code) } else { false } }

  /// The path, what is there, and what to do.
  public var description: String {
    switch kind {
    case .symbolicLink: "\(path): a symbolic link; links are not followed, copy or hard-link the file instead"
    case .folder: "\(path): a folder, expected a file"
    case .fifo: "\(path): a named pipe, expected a regular file"
    case .socket: "\(path): a socket, expected a regular file"
    case .device: "\(path): a device, expected a regular file"
    case .unreadable(let code): "\(path): \(String(cString: strerror(code))); make it readable for the agent's user"
    case .nameNotUTF8: "\(path): the name is not UTF-8 (bytes shown as \\xHH); rename it"
    case .tooDeep: "\(path): folders nested deeper than \(FolderStream.maximumDepth); move it up"
    }
  }
}
