import Foundation

/// Where an entry may be written: below the folder that is unpacked to, whatever its name says.
struct EntryPath: Equatable {
  /// The names from the folder down; none is empty, `.` or `..`, and none holds a `/` or a zero.
  let components: [String]

  /// The path below the folder.
  var text: String { components.joined(separator: "/") }

  /// Whether a name of it is hidden, or one that file managers leave behind: nobody's scan.
  var isClutter: Bool { components.contains { $0.hasPrefix(".") || $0 == "__MACOSX" } }

  /// The longest name that file systems take, bytes.
  static let longestName = 255

  /// Takes an entry's name; throws where it leads out of the folder or cannot be a path.
  init(_ name: String, depth: Int) throws(ArchiveError) {
    guard !name.hasPrefix("/"), !name.hasPrefix("\\"), !name.utf8.contains(0) else {
      throw ArchiveError(.hostile, "an entry has an absolute path")
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: true).map { String($0) }.filter { $0 != "." }
    guard !parts.contains(".."), !parts.contains(where: { $0.hasPrefix("..\\") || $0.contains("\\..\\") }) else {
      throw ArchiveError(.hostile, "an entry's path leads out of the archive with ..")
    }
    guard parts.count <= depth + 1, parts.allSatisfy({ $0.utf8.count <= Self.longestName }) else {
      throw ArchiveError(.hostile, "an entry lies more than \(depth) folders deep or has a name that is too long")
    }
    components = parts
  }
}
