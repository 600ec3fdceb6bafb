public import Foundation

/// A private folder for what is only needed for a while (mode 0700, hidden): it goes with the value, and what a killed process left
/// of it is removed as the debris that it is (``OutputFolder/removeDebris(in:)``).
public struct WorkFolder: ~Copyable {
  /// Where it is.
  public let url: URL
  private let descriptor: Int32

  /// A fresh folder in `parent`, which must be there. The same purpose, 16 hexadecimal digits, has the same path each time, so
  /// that what is told of files in it can be told alike; one process uses it at a time.
  public init(in parent: URL, purpose: String) throws(OutputError) {
    let path = parent.appending(path: ".work\(OutputFolder.mark)\(purpose)").path
    guard OutputFolder.isDebris((path as NSString).lastPathComponent) else {
      throw OutputError("naming a work folder \(purpose.debugDescription)", because: "expected 16 hexadecimal digits")
    }
    if System.isThere(path) { System.removeTree(path) }
    guard mkdir(path, 0o700) == 0 else { throw OutputError("creating \(path)") }
    guard let locked = try System.openLocked(path) else { throw OutputError("locking \(path)", code: EWOULDBLOCK) }
    url = URL(filePath: path, directoryHint: .isDirectory)
    descriptor = locked
  }

  deinit {
    System.removeTree(url.path)
    close(descriptor)
  }
}
