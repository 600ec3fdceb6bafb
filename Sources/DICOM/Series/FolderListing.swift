import Foundation

/// The regular files below a folder. Symbolic links are not followed, but for the folder itself.
struct FolderListing {
  private(set) var files: [String] = []
  private var left: Int

  /// At most `limit` entries are looked at.
  init(limit: Int) { left = limit }

  /// Adds what is below `folder`; nothing for one that cannot be read.
  mutating func add(_ folder: String) {
    var folders = [folder]
    while let next = folders.popLast() {
      guard let stream = opendir(next) else { continue }
      defer { closedir(stream) }
      let base = next.hasSuffix("/") ? next : next + "/"
      while left > 0, let entry = readdir(stream) {
        let name = Self.name(entry)
        guard name != ".", name != ".." else { continue }
        left -= 1
        switch Self.kind(entry, base + name) {
        case S_IFREG: files.append(base + name)
        case S_IFDIR: folders.append(base + name)
        default: break
        }
      }
    }
  }

  private static func name(_ entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafePointer(to: &entry.pointee.d_name) { name in
      name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) { String(cString: $0) }
    }
  }

  /// The file type's bits of `st_mode`; not every file system tells them with the name.
  private static func kind(_ entry: UnsafeMutablePointer<dirent>, _ path: String) -> mode_t {
    switch Int(entry.pointee.d_type) {
    case Int(DT_REG): return S_IFREG
    case Int(DT_DIR): return S_IFDIR
    case Int(DT_UNKNOWN):
      var status = stat()
      return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
    default: return 0
    }
  }
}

extension Array {
  /// In the order of the files' paths, each of which is asked for once.
  func sortedByPath(_ file: (Element) -> URL) -> [Element] {
    map { (path: file($0).path, element: $0) }.sorted { $0.path < $1.path }.map { $0.element }
  }
}
