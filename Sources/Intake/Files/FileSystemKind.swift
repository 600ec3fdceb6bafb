import CInotifyTools
import Glibc

/// The file system an inbox lies on, as far as it matters to watching.
public struct FileSystemKind: Sendable, Hashable, CustomStringConvertible {
  /// The kernel's name for it ("nfs", "cifs", "fuse", ...), or its magic number in hexadecimal where Vigil has no name.
  public let name: String
  /// Whether files may change without this machine's kernel noticing: other machines write there, or a daemon does, so
  /// inotify is silent and only a periodic rescan finds scans.
  public let changesUnseen: Bool

  /// The file systems whose changes inotify does not see, by the magic number that `statfs(2)` gives.
  private static let remote: [UInt32: String] = [
    0x6969: "nfs", 0x517B: "smb", 0xFF53_4D42: "cifs", 0xFE53_4D42: "smb2", 0x6573_5546: "fuse", 0x0102_1997: "9p",
    0x00C3_6400: "ceph", 0x5346_414F: "afs", 0x6B41_4653: "kafs", 0x0BD0_0BD0: "lustre", 0x4750_4653: "gpfs",
    0x7461_636F: "ocfs2", 0x0116_1970: "gfs2", 0x7375_7245: "coda", 0x786F_4256: "vboxsf", 0xBACB_ACBC: "vmhgfs",
    0x1983_0326: "beegfs", 0x013111A8: "ibrix",
  ]

  /// Local file systems, named for the log.
  private static let local: [UInt32: String] = [
    0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs", 0x794C_7630: "overlay",
    0x2FC1_2FC1: "zfs", 0xF2F5_2010: "f2fs", 0x4D44: "vfat", 0x2011_BAB0: "exfat", 0x7366_746E: "ntfs3",
    0x5346_544E: "ntfs", 0x7371_7368: "squashfs", 0x9660: "iso9660", 0xCA45_1A4E: "bcachefs",
  ]

  /// The kind for a magic number (`f_type` of `statfs(2)`). Of one that Vigil does not know nothing is assumed: its changes
  /// count as unseen, which costs a walk now and then and loses nothing.
  public init(magic: UInt32) {
    if let name = Self.remote[magic] {
      self.name = name
      self.changesUnseen = true
    } else {
      let local = Self.local[magic]
      self.name = local ?? "unknown (0x" + String(magic, radix: 16) + ")"
      self.changesUnseen = local == nil
    }
  }

  /// The file system that holds `inbox` now. Throws ``WatchError/inboxUnavailable(path:errno:)`` if the system will not say.
  public init(of inbox: Inbox) throws(WatchError) {
    var status = CInotifyTools.statfs()
    guard statfs(inbox.path, &status) == 0 else { throw .inboxUnavailable(path: inbox.path, errno: errno) }
    self.init(magic: UInt32(truncatingIfNeeded: status.f_type))
  }

  /// The name.
  public var description: String { name }

  /// How often to rescan: `chosen` if the site chose, else every 30 seconds where changes go unseen and never (`nil`)
  /// where inotify sees them.
  public func rescanPeriod(chosen: Duration?) -> Duration? {
    chosen ?? (changesUnseen ? .seconds(30) : nil)
  }
}
