public import Foundation

/// What this machine has, lacks and should set.
public struct Doctor: Sendable {
  /// One thing that was looked at.
  public struct Finding: Sendable, Hashable {
    /// What was looked at.
    public let subject: String
    /// What was found, and where it is not well, what to do.
    public let words: String
    /// Whether it is as it should be.
    public let isWell: Bool
  }

  /// Folders that are watched.
  let inboxes: [URL]
  /// Folder of rules.
  let rules: URL
  /// Root of the output tree.
  let output: URL
  /// Whether rules and models that others may change would be used all the same.
  let allowsWritableRules: Bool
  /// Where the system's own files are looked for: `/`.
  let root: URL

  /// Looks at these folders. `root`: where the system's own files are looked for; another than `/` in tests.
  public init(
    inboxes: [URL], rules: URL, output: URL, allowsWritableRules: Bool = false, root: URL = URL(filePath: "/")
  ) {
    self.inboxes = inboxes
    self.rules = rules
    self.output = output
    self.allowsWritableRules = allowsWritableRules
    self.root = root
  }

  /// Everything, in the order in which it matters.
  public func findings() -> [Finding] { DoctorCheck.allCases.flatMap { findings(of: $0) } }

  /// What one check finds.
  package func findings(of check: DoctorCheck) -> [Finding] { check.look(self) }
}

/// One thing that ``Doctor`` looks at; each case has its file.
package enum DoctorCheck: String, CaseIterable, Sendable {
  case processor, memory
  case dicom = "DCMTK"
  case clock
  case inotify
  case descriptors = "open files"
  case inbox, output, record
  case rules = "rule"
  case writers = "who may change rules"
  case trustedModels = "trusted models"
  case service, cluster

  func look(_ doctor: Doctor) -> [Doctor.Finding] {
    switch self {
    case .processor: [processor()]
    case .memory: [memory(free: ProcessMemory.available)]
    case .dicom: [dicom()]
    case .clock: [clock(doctor.output)]
    case .inotify: inotify(doctor)
    case .descriptors: [descriptors()]
    case .inbox: doctor.inboxes.map { inbox($0) } + apart(doctor)
    case .output: output(doctor.output)
    case .record: [record(doctor.output)]
    case .rules: rules(doctor)
    case .writers: [writers(doctor)]
    case .trustedModels: [trustedModels(doctor)]
    case .service: [service(doctor.root)]
    case .cluster: cluster(doctor)
    }
  }

  func well(_ words: String) -> Doctor.Finding { finding(words, isWell: true) }
  func lack(_ words: String) -> Doctor.Finding { finding(words, isWell: false) }
  func finding(_ words: String, isWell: Bool) -> Doctor.Finding {
    Doctor.Finding(subject: rawValue, words: words, isWell: isWell)
  }
}
