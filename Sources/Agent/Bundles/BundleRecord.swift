internal import Audit
internal import Foundation

/// A bundle's `record.json`, as far as it is taken in: what the database of the process that made it knew of the run.
struct BundleRecord: Decodable {
  /// The run's row.
  struct Run: Decodable {
    let id: RunID
    let seriesUID: String
    let rule: String?
    let outcome: RunOutcome
    let errorStage: String?
    let error: String?
    let inputSHA256: String?
    let modelSHA256: String?
    let software: String
    let host: String

    enum CodingKeys: String, CodingKey {
      case id, rule, outcome, error, software, host
      case seriesUID = "series_uid"
      case errorStage = "error_stage"
      case inputSHA256 = "input_sha256"
      case modelSHA256 = "model_sha256"
    }
  }

  /// One stage.
  struct Passed: Decodable {
    let stage: String
    let startedAt: String
    let seconds: Double
    let facts: Facts

    enum CodingKeys: String, CodingKey {
      case stage, seconds, facts
      case startedAt = "started_at"
    }

    /// As a journey keeps it; nil where it is no stage of this Vigil's.
    var record: StageRecord? {
      let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      guard let stage = Stage(rawValue: stage), let start = try? format.parse(startedAt), seconds >= 0 else {
        return nil
      }
      return StageRecord(stage: stage, startedAt: start, seconds: seconds, facts: facts)
    }
  }

  /// One file that the run read or made.
  struct File: Decodable {
    let role: FileEntry.Role
    let path: String
    let bytes: Int64
    let sha256: String
  }

  let run: Run
  let stages: [Passed]
  let files: [File]

  /// A record larger than this is none.
  static let largestRecord: Int64 = 64 << 20

  /// The facts of a stage; empty where it was not passed.
  func facts(of stage: Stage) -> Facts { stages.last { $0.stage == stage.rawValue }?.facts ?? [:] }
}
