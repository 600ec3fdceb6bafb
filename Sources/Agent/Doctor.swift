internal import DICOM
public import Foundation
internal import Intake
internal import Preprocessing
internal import Tensors

/// What this machine has, lacks and should set.
public struct Doctor: Sendable {
  /// One thing that was looked at.
  public struct Finding: Sendable {
    /// What was looked at.
    public let subject: String
    /// What was found, and where it is not well, what to do.
    public let words: String
    /// Whether it is as it should be.
    public let isWell: Bool
  }

  private let inbox: URL
  private let rules: URL
  private let output: URL

  /// Looks at these folders.
  public init(inbox: URL, rules: URL, output: URL) {
    self.inbox = inbox
    self.rules = rules
    self.output = output
  }

  /// Everything, in the order in which it matters.
  public func findings() -> [Finding] {
    [processor, memory, dictionary, watches, inboxFinding, outputFinding] + ruleFindings
  }

  private var processor: Finding {
    Finding(
      subject: "processor",
      words: "\(Threads.available) threads, kernels for \(InstructionSet.available[0].rawValue); "
        + (OpenBLAS.failure ?? "OpenBLAS multiplies with its kernels for \(OpenBLAS.coreName ?? "none")"),
      isWell: OpenBLAS.failure == nil)
  }

  private var memory: Finding {
    let free = ProcessMemory.available >> 20
    return Finding(
      subject: "memory", words: "\(free) MiB free\(free < 2048 ? "; a 3D network on a CT needs 2 GiB and more" : "")",
      isWell: free >= 2048)
  }

  private var dictionary: Finding {
    let isThere = DICOMDictionary.tag(of: "Modality") != nil
    return Finding(
      subject: "DCMTK",
      words: "\(DICOMDictionary.version), "
        + (isThere
          ? "data dictionary found" : "no data dictionary: install libdcmtk17, or set DCMDICTPATH to dicom.dic"),
      isWell: isThere)
  }

  private var watches: Finding {
    let limit =
      Int(
        (try? String(contentsOfFile: "/proc/sys/fs/inotify/max_user_watches", encoding: .utf8))?
          .trimmingCharacters(in: .whitespacesAndNewlines) ?? "") ?? 0
    let isWell = limit >= 65_536
    return Finding(
      subject: "inotify",
      words: "\(limit) watches, one per folder\(isWell ? "" : "; raise fs.inotify.max_user_watches to 65536")",
      isWell: isWell)
  }

  private var inboxFinding: Finding {
    do throws(WatchError) {
      let folder = try Inbox(inbox.path)
      let kind = try FileSystemKind(of: folder)
      let unseen =
        kind.rescanPeriod(chosen: nil).map { ", where inotify does not see all: listed every \($0.words) (--rescan)" }
        ?? ""
      let empty = try Rescan.list(folder).emptyFiles.count
      let waiting = empty == 0 ? "" : "; \(empty) files without a single byte wait to be filled: send them again"
      return Finding(
        subject: "inbox", words: "\(folder.path) on \(kind.name)\(unseen)\(waiting)", isWell: empty == 0)
    } catch {
      return Finding(subject: "inbox", words: "\(error)", isWell: false)
    }
  }

  private var outputFinding: Finding {
    let place = FileManager.default.fileExists(atPath: output.path) ? output : output.deletingLastPathComponent()
    let isWritable = access(place.path, W_OK | X_OK) == 0
    let free = FreeSpace.bytes(at: place)
    let isRoomy = free >= 1 << 30
    let words =
      isWritable
      ? ", \(free >> 20) MiB free\(isRoomy ? "" : ": the agent begins nothing new below 1024 MiB (--keep-free)")"
      : " cannot be written: make it writable"
    return Finding(subject: "output", words: output.path + words, isWell: isWritable && isRoomy)
  }

  private var ruleFindings: [Finding] {
    let report = RulesReport(rules)
    return report.good.map { Finding(subject: "rule", words: $0, isWell: true) }
      + report.problems.map { Finding(subject: "rule", words: $0, isWell: false) }
  }
}
