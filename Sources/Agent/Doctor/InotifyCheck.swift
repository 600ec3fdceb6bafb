internal import Foundation
internal import Intake

extension DoctorCheck {
  /// One watch is needed for each folder of the inboxes.
  static let leastWatches = 65_536

  /// What the kernel lets a user watch, and how many folders there are.
  func inotify(_ doctor: Doctor) -> [Doctor.Finding] {
    let settings = ["proc/sys/fs/inotify/max_user_watches", "proc/sys/user/max_inotify_watches"]
    let limits = settings.compactMap { Self.number(doctor.root.appending(path: $0)) }
    guard let limit = limits.min() else {
      return [lack("the kernel does not say how many folders may be watched: is /proc mounted?")]
    }
    let folders = doctor.inboxes.reduce(0) { $0 + ((try? Rescan.list(Inbox($1.path)).folders) ?? 0) }
    let words = "\(limit) watches, one per folder, of which the inboxes have \(folders)"
    if folders >= limit {
      return [
        lack(
          "\(words): those without a watch are listed every 30 s; raise fs.inotify.max_user_watches to \(max(4 * folders, Self.leastWatches))"
        )
      ]
    }
    return [
      limit >= Self.leastWatches
        ? well(words) : lack("\(words); raise fs.inotify.max_user_watches to \(Self.leastWatches)")
    ]
  }

  private static func number(_ file: URL) -> Int? {
    (try? String(contentsOf: file, encoding: .utf8)).flatMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }
}
