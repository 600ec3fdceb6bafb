public import Foundation

/// A private folder for what is only needed for a while (mode 0700, hidden): it goes with the value, and what a killed process left
/// of it is removed as the debris that it is (``OutputFolder/removeDebris(in:)``).
public struct WorkFolder: ~Copyable {
  /// Where it is.
  public let url: URL
  private let descriptor: Int32

  /// A fresh folder in `parent`, which must be there.
  public init(in parent: URL) throws(OutputError) {
    while true {
      let path = parent.appending(path: OutputFolder.partialName("work")).path
      guard mkdir(path, 0o700) == 0 else {
        if errno == EEXIST { continue }
        throw OutputError("creating \(path)")
      }
      if let locked = try System.openLocked(path) {
        url = URL(filePath: path, directoryHint: .isDirectory)
        descriptor = locked
        return
      }
    }
  }

  deinit {
    System.removeTree(url.path)
    close(descriptor)
  }
}
