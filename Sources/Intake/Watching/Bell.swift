import CInotifyTools
import Glibc

/// Wakes the watcher's thread from its wait at once, so that stopping takes no second: a file in memory, watched like a folder.
/// Without one (the system refuses it) the thread notices within the second that it waits at most.
final class Bell: Sendable {
  private let descriptor = memfd_create("vigil-bell", VIGIL_MFD_CLOEXEC)

  /// The path under which the file can be watched; `nil` if there is none.
  var path: String? { descriptor >= 0 ? "/proc/self/fd/\(descriptor)" : nil }

  /// Wakes the thread that watches `path`. The file is opened anew, because since Linux 6.14 the kernel does not tell of what
  /// is done through the descriptor that `memfd_create` gave.
  func ring() {
    guard let path else { return }
    let handle = open(path, O_WRONLY | O_CLOEXEC)
    guard handle >= 0 else { return }
    _ = write(handle, "!", 1)
    close(handle)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }
}
