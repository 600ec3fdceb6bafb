public import Digests
public import Foundation

/// Everything that is known of one run: what `record.json` says and the database keeps.
public struct RunRecord: Sendable, Encodable {
  /// How a run ends.
  public enum Outcome: String, Sendable, Encodable {
    /// A segmentation was written.
    case segmented
    /// No rule takes the scan.
    case unmatched
    /// The input is not what can be processed.
    case refused
    /// The input may be fine; something else was not.
    case failed
  }

  /// What a file was to the run.
  public enum FileRole: String, Sendable, Encodable {
    case input, output, model, reference, rule
  }

  /// A file of the run.
  public struct File: Sendable, Encodable {
    /// What it was to the run.
    public let role: FileRole
    /// Absolute, or below the output folder for outputs.
    public let path: String
    /// Size.
    public let bytes: Int
    /// Digest of the contents, hexadecimal.
    public let sha256: String
  }

  /// Unique, and in the order of time.
  public let id: String
  /// DICOM SeriesInstanceUID; nil where there is none.
  public let seriesUID: String?
  /// DICOM StudyInstanceUID; nil where there is none.
  public let studyUID: String?
  /// The rule that took the scan.
  public var rule: String?
  /// How it ended.
  public var outcome: Outcome
  /// Where it stopped, when it did not come to its end.
  public var errorStage: Stage?
  /// Why it stopped.
  public var error: String?
  /// When the journey began.
  public let startedAt: Date
  /// When it ended.
  public var finishedAt: Date
  /// How long it took.
  public var seconds: Double { finishedAt.timeIntervalSince(startedAt) }
  /// Digest of the input: of the sorted digests of the files that the volume was made of.
  public var inputSHA256: String?
  /// Digest of the model.
  public var modelSHA256: String?
  /// Folder of the outputs, relative to the output tree.
  public var outputFolder: String?
  /// What made it: `vigil` and its version.
  public let software: String
  /// Name of the machine.
  public let host: String
  /// The stages in order.
  public var stages: [StageRecord]
  /// All files.
  public var files: [File]
  /// Comparison with supplied masks.
  public var scores: [Score]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id
    case seriesUID = "series_uid"
    case studyUID = "study_uid"
    case rule, outcome
    case errorStage = "error_stage"
    case error
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case seconds
    case inputSHA256 = "input_sha256"
    case modelSHA256 = "model_sha256"
    case outputFolder = "output_folder"
    case software, host, stages, files, scores
  }

  /// Writes the database's column names.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(seriesUID, forKey: .seriesUID)
    try container.encode(studyUID, forKey: .studyUID)
    try container.encode(rule, forKey: .rule)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(errorStage, forKey: .errorStage)
    try container.encode(error, forKey: .error)
    try container.encode(startedAt, forKey: .startedAt)
    try container.encode(finishedAt, forKey: .finishedAt)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(inputSHA256, forKey: .inputSHA256)
    try container.encode(modelSHA256, forKey: .modelSHA256)
    try container.encode(outputFolder, forKey: .outputFolder)
    try container.encode(software, forKey: .software)
    try container.encode(host, forKey: .host)
    try container.encode(stages, forKey: .stages)
    try container.encode(files, forKey: .files)
    try container.encode(scores, forKey: .scores)
  }
}
