/// The files that settling knows, about 200 bytes each: a folder's path is kept once, a file's name of up to 15 bytes in place.
struct FileTable: Sendable {
  /// Names a record for as long as the file is known.
  typealias ID = Int32

  enum Role: UInt8 {
    /// Nobody knows yet whose it is. Its group, if it has one, is the one it belonged to before it changed.
    case unclassified
    /// It belongs to its group.
    case member
    /// Known to be nobody's.
    case aside
  }

  struct Record {
    let name: String
    let folder: Int32
    var size: Int64
    var modified: Int64
    var inode: UInt64
    var device: UInt64
    /// When it was first noticed, nanoseconds on the caller's scale; likewise the next two.
    let firstSeen: Int64
    /// When it was last found to have changed.
    var changed: Int64
    /// When it was last found at all.
    var seen: Int64
    /// The index of its group; negative if it has none.
    var group: Int32 = -1
    var role = Role.unclassified
    /// Whether the last thing known of it is that a writer closed it.
    var closed: Bool
    /// Whether its header could not be read, and is tried again.
    var isUnread = false

    func matches(_ stamp: FileStamp) -> Bool {
      size == stamp.size && modified == stamp.modified && inode == stamp.inode && device == stamp.device
    }

    mutating func take(_ stamp: FileStamp, closed: Bool, at now: Int64) {
      (size, modified, inode, device) = (stamp.size, stamp.modified, stamp.inode, stamp.device)
      (changed, seen, self.closed, role, isUnread) = (now, now, closed, .unclassified, false)
    }
  }

  private struct Folder {
    let path: String
    var files: [String: ID] = [:]
    var unclassified: Set<ID> = []
  }

  private var records: [Record?] = []
  private var freeRecords: [ID] = []
  private var folders: [Folder?] = []
  private var freeFolders: [Int32] = []
  private var folderIndex: [String: Int32] = [:]
  /// Every file that waits to be classified.
  private(set) var unclassified: Set<ID> = []

  /// How many files are known.
  var count: Int { records.count - freeRecords.count }

  subscript(id: ID) -> Record? { records[Int(id)] }

  func id(of path: String) -> ID? {
    let (folder, name) = split(path)
    return folderIndex[folder].flatMap { folders[Int($0)]?.files[name] }
  }

  func path(of record: Record) -> String {
    let folder = folders[Int(record.folder)]?.path ?? ""
    return folder == "/" ? "/" + record.name : folder + "/" + record.name
  }

  func folderPath(_ folder: Int32) -> String { folders[Int(folder)]?.path ?? "" }

  func stamp(of record: Record) -> FileStamp {
    FileStamp(
      path: path(of: record), size: record.size, modified: record.modified, inode: record.inode, device: record.device)
  }

  /// The unclassified files that lie directly in a folder.
  func unclassified(in folder: Int32) -> Set<ID> { folders[Int(folder)]?.unclassified ?? [] }

  /// The files in the folder at `path` and below it.
  func ids(below path: String) -> [ID] {
    let prefix = path == "/" ? "/" : path + "/"
    return folderIndex.filter { $0.key == path || $0.key.utf8.starts(with: prefix.utf8) }
      .flatMap { folders[Int($0.value)].map { Array($0.files.values) } ?? [] }
  }

  mutating func insert(_ stamp: FileStamp, closed: Bool, at now: Int64) -> ID {
    let (path, name) = split(stamp.path)
    let folder = folderID(path)
    let record = Record(
      name: name, folder: folder, size: stamp.size, modified: stamp.modified, inode: stamp.inode, device: stamp.device,
      firstSeen: now, changed: now, seen: now, closed: closed)
    let id: ID
    if let free = freeRecords.popLast() {
      id = free
      records[Int(free)] = record
    } else {
      id = ID(records.count)
      records.append(record)
    }
    folders[Int(folder)]?.files[name] = id
    note(id, record)
    return id
  }

  /// Changes a record in place and keeps the lists of unclassified files true.
  mutating func update(_ id: ID, _ change: (inout Record) -> Void) {
    guard var record = records[Int(id)] else { return }
    change(&record)
    records[Int(id)] = record
    note(id, record)
  }

  @discardableResult
  mutating func remove(_ id: ID) -> Record? {
    guard let record = records[Int(id)] else { return nil }
    records[Int(id)] = nil
    freeRecords.append(id)
    unclassified.remove(id)
    let folder = Int(record.folder)
    folders[folder]?.files[record.name] = nil
    folders[folder]?.unclassified.remove(id)
    if let left = folders[folder], left.files.isEmpty {
      folderIndex[left.path] = nil
      folders[folder] = nil
      freeFolders.append(record.folder)
    }
    return record
  }

  private mutating func note(_ id: ID, _ record: Record) {
    if record.role == .unclassified {
      guard unclassified.insert(id).inserted else { return }
      folders[Int(record.folder)]?.unclassified.insert(id)
    } else if unclassified.remove(id) != nil {
      folders[Int(record.folder)]?.unclassified.remove(id)
    }
  }

  private mutating func folderID(_ path: String) -> Int32 {
    if let known = folderIndex[path] { return known }
    let id: Int32
    if let free = freeFolders.popLast() {
      id = free
      folders[Int(free)] = Folder(path: path)
    } else {
      id = Int32(folders.count)
      folders.append(Folder(path: path))
    }
    folderIndex[path] = id
    return id
  }

  /// The folder and the name of an absolute path.
  private func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    let name = String(path[path.utf8.index(after: slash)...])
    return (slash == path.utf8.startIndex ? "/" : String(path[..<slash]), name)
  }
}
