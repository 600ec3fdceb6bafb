internal import Foundation
internal import Intake

extension DoctorCheck {
  /// An inbox apart from output tree and rules, or what it overlaps with.
  func apart(_ doctor: Doctor) -> [Doctor.Finding] {
    AgentConfiguration(inboxes: doctor.inboxes, rules: doctor.rules, output: doctor.output).overlap.map { [lack($0)] }
      ?? []
  }

  /// What file system an inbox lies on, and what waits in it.
  func inbox(_ place: URL) -> Doctor.Finding {
    do throws(WatchError) {
      let folder = try Inbox(place.path)
      let kind = try FileSystemKind(of: folder)
      let unseen =
        kind.rescanPeriod(chosen: nil).map { ", where inotify does not see all: listed every \($0.words) (--rescan)" }
        ?? ""
      let empty = try Rescan.list(folder).emptyFiles.count
      let waiting = empty == 0 ? "" : "; \(empty) files without a single byte wait to be filled: send them again"
      return finding("\(folder.path) on \(kind.name)\(unseen)\(waiting)", isWell: empty == 0)
    } catch {
      return lack("\(error)")
    }
  }
}
