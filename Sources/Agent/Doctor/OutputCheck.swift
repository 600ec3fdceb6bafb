internal import Foundation
internal import Intake

extension DoctorCheck {
  /// Room, rights and file systems of the output tree.
  func output(_ folder: URL) -> [Doctor.Finding] {
    let isThere = FileManager.default.fileExists(atPath: folder.path)
    let place = isThere ? folder : folder.deletingLastPathComponent()
    guard access(place.path, W_OK | X_OK) == 0 else {
      return [lack("\(folder.path) cannot be written by \(Self.user): make it writable (chown, chmod u+rwx)")]
    }
    let problems = [foreignHand(place), foreignDisk(place), isThere ? mounts(place) : nil].compactMap { $0 }
    return [room(folder, at: place)] + problems.map { lack($0) }
  }

  private func room(_ folder: URL, at place: URL) -> Doctor.Finding {
    let free = FreeSpace.bytes(at: place)
    return free >= 1 << 30
      ? well("\(folder.path), \(free >> 20) MiB free")
      : lack("\(folder.path), \(free >> 20) MiB free: the agent begins nothing new below 1024 MiB (--keep-free)")
  }

  /// Who else could change results and record.
  private func foreignHand(_ place: URL) -> String? {
    var paths = OwnPaths()
    return paths.foreignHand(on: place.path).map { "results and record are not safe: \($0)" }
  }

  /// SQLite's write-ahead log needs memory that all processes share: it does not hold on disks of other machines.
  private func foreignDisk(_ place: URL) -> String? {
    guard let kind = try? FileSystemKind(of: Inbox(place.path)), kind.changesUnseen, !kind.name.hasPrefix("unknown")
    else { return nil }
    return "\(place.path) lies on \(kind.name): the record needs a disk of this machine (SQLite, WAL)"
  }

  /// Results are renamed into their place, which another file system does not do.
  private func mounts(_ folder: URL) -> String? {
    let own = Self.device(folder.path)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    let other = names.first { Self.device(folder.appending(path: $0).path) != own }
    return other.map {
      "\(folder.path)/\($0) lies on another file system than \(folder.path): the whole output tree has to lie on one"
    }
  }

  private static func device(_ path: String) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_dev) : nil
  }

  /// The name of the user that this process runs as.
  static var user: String {
    getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "user \(geteuid())"
  }
}
