internal import Foundation

/// Finds out who else may change what lies at a path: the file, the folders on the way to it, and every link in between.
///
/// Own is what belongs to root or to the user that this process runs as, and that no group and nobody else may write. Above the
/// folder that is asked about, a folder with the sticky bit (`/tmp`) may be written by others: they cannot rename what is not
/// theirs. An access list (`setfacl`) shows in the mode of its file as a right of the group, and is judged as one.
struct OwnPaths {
  private let user: uid_t
  private var known: [String: ForeignHand?] = [:]

  /// Links followed for one path; as many as the kernel follows.
  private static let mostLinks = 40

  /// Of the user `user`.
  init(of user: uid_t = geteuid()) { self.user = user }

  /// Somebody else who may change `path`; nil where there is none. A path that is not there is nobody's.
  mutating func foreignHand(on path: String) -> ForeignHand? {
    var links = 0
    return follow(path, &links)
  }

  /// Somebody else who may change the folder `path` or anything below it, links followed.
  mutating func foreignHand(below path: String) -> ForeignHand? {
    var seen: Set<[UInt64]> = []
    return walk(path, &seen)
  }

  /// `seen`: folders that were walked, by device and inode; links may lead round in circles.
  private mutating func walk(_ path: String, _ seen: inout Set<[UInt64]>) -> ForeignHand? {
    if let hand = foreignHand(on: path) { return hand }
    var status = stat()
    guard stat(path, &status) == 0, status.isFolder else { return nil }
    guard seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return nil }
    if let hand = own(URL(filePath: path).resolvingSymlinksInPath().path, excusesSticky: false) { return hand }
    for name in ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() {
      if let hand = walk(path + "/" + name, &seen) { return hand }
    }
    return nil
  }

  /// Walks from the root, part by part.
  private mutating func follow(_ path: String, _ links: inout Int) -> ForeignHand? {
    var place = ""
    let parts = URL(filePath: path).standardizedFileURL.path.split(separator: "/").map { String($0) }
    if let hand = own("/", excusesSticky: true) { return hand }
    for part in parts {
      place += "/" + part
      if let hand = own(place, excusesSticky: true) { return hand }
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place) else { continue }
      links += 1
      guard links <= Self.mostLinks else { return ForeignHand(path: place, who: .tooManyLinks) }
      let whole = target.hasPrefix("/") ? target : (place as NSString).deletingLastPathComponent + "/" + target
      if let hand = follow(whole, &links) { return hand }
    }
    return nil
  }

  private mutating func own(_ path: String, excusesSticky: Bool) -> ForeignHand? {
    let key = excusesSticky ? path : path + "/"
    if let answer = known[key] { return answer }
    let answer = look(at: path, excusesSticky)
    known[key] = .some(answer)
    return answer
  }

  private func look(at path: String, _ excusesSticky: Bool) -> ForeignHand? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    guard status.st_uid == 0 || status.st_uid == user else {
      return ForeignHand(path: path, who: .owner(status.st_uid))
    }
    let isExcused = status.isFolder && excusesSticky && status.st_mode & S_ISVTX != 0
    guard !status.isLink, !isExcused else { return nil }
    if status.st_mode & S_IWOTH != 0 { return ForeignHand(path: path, who: .everybody(status.st_mode)) }
    if status.st_mode & S_IWGRP != 0 {
      return ForeignHand(path: path, who: .group(status.st_gid, status.st_mode))
    }
    return nil
  }
}

extension stat {
  fileprivate var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
  fileprivate var isLink: Bool { st_mode & S_IFMT == S_IFLNK }
}
