/// Which folder each watch stands for, kept as a tree because folders move and go with all that is in them.
struct WatchTable {
  private struct Folder {
    /// More than one only while events about a rename are under way.
    var watches: [Int32] = []
    var children: Set<String> = []
  }

  private var paths: [Int32: String] = [:]
  private var identities: [Int32: FolderIdentity] = [:]
  private var byIdentity: [FolderIdentity: Int32] = [:]
  private var folders: [String: Folder] = [:]
  /// Watches that stand for no folder of an inbox any more. The kernel may still have them: the folder may have moved on.
  private var orphans: [FolderIdentity: Int32] = [:]
  private var orphanIdentities: [Int32: FolderIdentity] = [:]

  /// How many folders are watched.
  var count: Int { paths.count }

  /// How many watches stand for no folder any more.
  var orphanCount: Int { orphans.count }

  /// The folder a watch stands for; `nil` if it stands for none any more.
  func path(of watch: Int32) -> String? { paths[watch] }

  /// The watch of that folder and the path under which it is known; `nil` if it has none or no path.
  func known(_ identity: FolderIdentity) -> (watch: Int32, path: String)? {
    byIdentity[identity].flatMap { watch in paths[watch].map { (watch, $0) } }
  }

  /// Whether the folder at `path` is watched.
  func isWatched(_ path: String) -> Bool { folders[path].map { !$0.watches.isEmpty } ?? false }

  /// Notes that `watch` stands for the folder `path`, which lies in `parent` (`nil` for an inbox).
  mutating func insert(_ watch: Int32, path: String, parent: String?, identity: FolderIdentity?) {
    paths[watch] = path
    if let identity {
      if let orphan = orphans.removeValue(forKey: identity) { orphanIdentities[orphan] = nil }
      identities[watch] = identity
      byIdentity[identity] = watch
    }
    folders[path, default: Folder()].watches.append(watch)
    if let parent { folders[parent, default: Folder()].children.insert(path) }
  }

  /// The watch that the folder still carries from a name it had in an inbox.
  func orphan(of identity: FolderIdentity) -> Int32? { orphans[identity] }

  /// Notes that the kernel has dropped `watch`.
  mutating func remove(_ watch: Int32) {
    if let identity = orphanIdentities.removeValue(forKey: watch) { orphans[identity] = nil }
    guard let path = forget(watch) else { return }
    folders[path]?.watches.removeAll { $0 == watch }
    prune(path)
  }

  /// Removes the folder at `path` and all below it: their watches become orphans until the folder turns up again under
  /// another name, or the kernel drops them.
  mutating func removeTree(_ path: String) {
    var todo = [path]
    while let next = todo.popLast() {
      guard let folder = folders.removeValue(forKey: next) else { continue }
      todo += folder.children
      for watch in folder.watches {
        if let identity = identities[watch] {
          orphans[identity] = watch
          orphanIdentities[watch] = identity
        }
        forget(watch)
      }
    }
    detach(path)
  }

  @discardableResult
  private mutating func forget(_ watch: Int32) -> String? {
    if let identity = identities.removeValue(forKey: watch), byIdentity[identity] == watch {
      byIdentity[identity] = nil
    }
    return paths.removeValue(forKey: watch)
  }

  /// Drops the entries of folders that have neither a watch nor a child, from `path` upwards.
  private mutating func prune(_ path: String) {
    guard let folder = folders[path], folder.watches.isEmpty, folder.children.isEmpty else { return }
    folders[path] = nil
    detach(path)
  }

  private mutating func detach(_ path: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let parent = slash == path.startIndex ? "/" : String(path[..<slash])
    folders[parent]?.children.remove(path)
    prune(parent)
  }
}
