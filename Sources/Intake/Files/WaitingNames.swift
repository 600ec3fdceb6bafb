/// Names of files that somebody is still producing: they wait until they are renamed. One rule for the watcher and the rescan.
public enum WaitingNames {
  /// The name of the file that a site may drop into a folder to say that everything in it has arrived.
  public static let completionMarker = ".complete"

  /// Endings, in lower case, that file transfer programs give to unfinished files (FileZilla, WinSCP, browsers, wget).
  public static let unfinishedEndings = [".partial", ".filepart", ".part", ".crdownload", ".download", ".tmp", ".temp"]

  /// Whether a file or folder called `name` (one path component) is to be left alone: it is hidden (rsync's and scp's
  /// temporary names are) or ends as an unfinished transfer does. The completion marker is handled before asking this.
  public static func isWaiting(_ name: String) -> Bool {
    if name.utf8.first == UInt8(ascii: ".") { return true }
    guard name.utf8.contains(UInt8(ascii: ".")) else { return false }
    if name.utf8.suffix(4).elementsEqual(".dcm".utf8) { return false }
    let lower = name.lowercased()
    return unfinishedEndings.contains { lower.hasSuffix($0) }
  }
}
