internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
public import Models

/// What the journeys of one agent share.
struct JourneyContext: Sendable {
  /// The rules in force when the journey began.
  let rules: RuleBook
  /// Models stay loaded between scans.
  let shelf: ModelShelf
  /// What the inbox's files are called on record.
  let aliases: PathAliases
  /// DICOM objects that draw labels.
  let objects: MaskObjects
  /// The only volume that is wanted; nil: each one of the series.
  let onlyScan: BundleMaker.Scan?
  /// Where scans are computed; nil: here.
  let executor: SlurmExecutor?
  /// Where journeys end.
  let destination: Destination
  /// Whether rules and models that others may change are used all the same.
  let allowsWritableRules: Bool
  /// The archives that files were unpacked from; none where all lie in the inbox.
  let sources: [ArchiveSource]
  /// Threads of the network and of resampling; nil: one for each processor.
  let threads: Int?
  /// The inbox that a path lies in.
  let inbox: @Sendable (String) -> String?
  /// Whether series that are held are now to be refused, because the wait is over.
  let endsHolding: Bool
  /// Whether what cannot be done now is not to be tried again.
  let isLastAttempt: Bool
  /// How long a scan may take in the network; nil: as long as it takes.
  let timeLimit: Duration?
  /// The most bytes that inference may take; nil: what the machine has free.
  let memory: Int64?
  /// Asked between forward passes.
  let isCancelled: @Sendable () -> Bool
  /// Told what is going on.
  let reporter: any JourneyReporter

  /// Where journeys end.
  enum Destination: Sendable {
    /// In the database, whose only writer this process is.
    case ledger(Ledger)
    /// In bundles in this folder, each under its run's id. There is no database.
    case bundles(URL)
  }

  /// Whether a part of a series is to be gone on with.
  func isWanted(_ part: Result<Scan, RefusedSeries>) -> Bool {
    guard let onlyScan else { return true }
    guard case .success(let scan) = part else { return false }
    return scan.seriesKey == onlyScan.series && scan.inputDigest.description == onlyScan.inputSHA256
  }

  /// Where people find a file that was read: for one out of an archive the archive's path, then the file's in it.
  func place(of path: String) -> String { sources.lazy.compactMap { $0.place(of: path) }.first ?? path }

  /// What a file is called on record.
  func alias(of path: String) -> String { aliases.alias(of: place(of: path)) }

  /// The files as the database lists them; with the archives that they came in.
  func entries(_ files: [InputFile]) -> [FileEntry] {
    files.map { FileEntry(role: .input, path: alias(of: $0.path), bytes: $0.bytes, sha256: $0.sha256) }
      + sources.map { $0.archive.entry(aliases) }
  }
}

/// Hears of progress; a terminal shows it, a pipe gets one line a stage.
public protocol JourneyReporter: Sendable {
  /// A stage of `series` has ended.
  func ended(_ stage: StageRecord, of series: String)
  /// The networks have done one more forward pass.
  func progressed(_ progress: JourneyProgress)
}

/// Where the networks are with a scan.
public struct JourneyProgress: Sendable {
  /// Modality and size, nothing of the patient.
  public let series: String
  /// The rule that took it.
  public let rule: String
  /// Voxels of the scan: what comes after the networks takes longer the more there are.
  public let voxels: Int
  /// How far they are.
  public let step: SegmenterProgress

  /// Where they are.
  public init(series: String, rule: String, voxels: Int, step: SegmenterProgress) {
    self.series = series
    self.rule = rule
    self.voxels = voxels
    self.step = step
  }
}
