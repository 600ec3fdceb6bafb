internal import Foundation

extension DoctorCheck {
  /// One watch is needed for each folder of the inboxes.
  static let leastWatches = 65_536

  /// What the kernel lets a user watch.
  func inotify(_ root: URL) -> [Doctor.Finding] {
    let limit = Self.number(root.appending(path: "proc/sys/fs/inotify/max_user_watches"))
    guard let limit else { return [lack("the kernel does not say how many folders may be watched: is /proc mounted?")] }
    return [
      limit >= Self.leastWatches
        ? well("\(limit) watches, one per folder")
        : lack("\(limit) watches, one per folder; raise fs.inotify.max_user_watches to \(Self.leastWatches)")
    ]
  }

  private static func number(_ file: URL) -> Int? {
    (try? String(contentsOf: file, encoding: .utf8)).flatMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }
}
