internal import Foundation

/// Sizes, times, owners and modes of all files below folders, and owners and modes of all folders there and above: equal stamps
/// mean that in between nobody has changed the files, nor who may change them. Links to folders are followed, as they are when rules are read.
struct FolderStamp: Sendable, Hashable {
  private struct Entry: Hashable {
    let path: String
    let isFolder: Bool
    /// Device and inode.
    let place: [UInt64]
    let size: Int
    /// Seconds and nanoseconds; 0 for a folder.
    let modified: [Int]
    let owner: [UInt32]
    let mode: UInt32

    /// What lies at `path`, links followed; nil where nothing does, or no file and no folder.
    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      let isFile = status.st_mode & S_IFMT == S_IFREG
      guard isFile || status.st_mode & S_IFMT == S_IFDIR else { return nil }
      self.path = path
      (isFolder, place) = (!isFile, [UInt64(status.st_dev), UInt64(status.st_ino)])
      size = isFile ? Int(status.st_size) : 0
      modified = isFile ? [status.st_mtim.tv_sec, status.st_mtim.tv_nsec] : []
      (owner, mode) = ([status.st_uid, status.st_gid], status.st_mode)
    }
  }

  private let entries: Set<Entry>

  init(of folders: [URL]) {
    var entries: Set<Entry> = []
    for folder in Set(folders.map { $0.resolvingSymlinksInPath().path }) {
      var seen: Set<[UInt64]> = []
      Self.walk(folder, &seen, &entries)
      for place in Self.upwards(folder) { if let entry = Entry(place) { entries.insert(entry) } }
    }
    self.entries = entries
  }

  /// `seen`: folders that were walked; links may lead round in circles.
  private static func walk(_ folder: String, _ seen: inout Set<[UInt64]>, _ entries: inout Set<Entry>) {
    guard let own = Entry(folder), seen.insert(own.place).inserted else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      guard let entry = Entry(folder + "/" + name) else { continue }
      entries.insert(entry)
      if entry.isFolder { walk(entry.path, &seen, &entries) }
    }
  }

  /// A folder and those that it lies in.
  private static func upwards(_ folder: String) -> [String] {
    var place = folder as NSString
    var places = [folder]
    while place.length > 1 {
      place = place.deletingLastPathComponent as NSString
      places.append(place as String)
    }
    return places
  }

  private init(entries: Set<Entry>) { self.entries = entries }

  /// One line a file or folder.
  var lines: [String] { entries.map { "\($0.path) \($0.size) \($0.modified) \($0.owner) \($0.mode)" } }

  /// Both stamps in one.
  func union(_ other: FolderStamp) -> FolderStamp { FolderStamp(entries: entries.union(other.entries)) }
}
