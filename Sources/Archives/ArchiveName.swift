import Foundation

/// Which files are archives, by the ends of their names.
public enum ArchiveName {
  /// The endings, in lower case.
  public static let endings = [".zip", ".tar", ".tar.gz", ".tgz"]

  /// Whether a file of this name is taken for an archive.
  public static func holds(for fileName: String) -> Bool {
    let name = fileName.lowercased()
    return endings.contains { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
  }
}
