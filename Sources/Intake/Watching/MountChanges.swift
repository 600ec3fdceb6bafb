import Glibc

/// Notices file systems being mounted or unmounted below the inboxes: inotify says nothing of a mount that covers a
/// watched folder.
final class MountChanges {
  private let table: Int32
  private let inboxes: [Inbox]
  private var known: [String]

  init(below inboxes: [Inbox]) {
    table = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
    self.inboxes = inboxes
    known = []
    known = read()
  }

  deinit {
    if table >= 0 { close(table) }
  }

  /// Whether the mounts below the inboxes are others than when last asked.
  func happened() -> Bool {
    var request = pollfd(fd: table, events: Int16(POLLPRI), revents: 0)
    guard table >= 0, poll(&request, 1, 0) > 0 else { return false }
    let now = read()
    defer { known = now }
    return now != known
  }

  /// The lines of the mount table whose mount point lies in an inbox (field 5; proc(5) escapes blanks in octal).
  private func read() -> [String] {
    guard table >= 0, lseek(table, 0, SEEK_SET) == 0 else { return [] }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(table, &piece, piece.count)
      guard count > 0 else { break }
      bytes += piece[..<count]
    }
    return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }.filter { line in
      let fields = line.split(separator: " ")
      guard fields.count > 4 else { return false }
      let point = String(fields[4]).replacing("\\040", with: " ")
      return inboxes.contains { $0.contains(point) }
    }
  }
}
