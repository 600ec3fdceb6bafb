internal import Foundation

/// Room on disks.
enum FreeSpace {
  /// Bytes that a program without privileges can still write on the file system of a folder; everything where it does not say.
  static func bytes(at folder: URL) -> Int64 {
    var space = statvfs()
    guard statvfs(folder.path, &space) == 0 else { return .max }
    let (bytes, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
    return overflow ? .max : Int64(clamping: bytes)
  }
}
