internal import Audit
internal import Digests
internal import Foundation

/// A bundle's `record.json`: what is known of a run where it was made, under the names that a run's record has in the database.
struct BundleRecord: Codable {
  /// The run's row.
  struct Run: Codable {
    let id: RunID
    let seriesUID: String
    let studyUID: String?
    let rule: String?
    let outcome: RunOutcome
    let errorStage: String?
    let error: String?
    let startedAt: String
    let finishedAt: String
    let seconds: Double
    let inputSHA256: String?
    let modelSHA256: String?
    let software: String
    let host: String

    enum CodingKeys: String, CodingKey {
      case id, rule, outcome, error, seconds, software, host
      case seriesUID = "series_uid"
      case studyUID = "study_uid"
      case errorStage = "error_stage"
      case startedAt = "started_at"
      case finishedAt = "finished_at"
      case inputSHA256 = "input_sha256"
      case modelSHA256 = "model_sha256"
    }

    /// A run of this work that ends now, on this machine.
    init(
      _ id: RunID, _ key: RunKey, study: String?, _ outcome: RunOutcome, failure: RunFailure? = nil, startedAt: Date
    ) {
      (self.id, self.outcome) = (id, outcome)
      (seriesUID, studyUID, rule) = (key.seriesUID, study, key.rule)
      (errorStage, error) = (failure?.stage, failure?.error)
      let end = Date()
      (self.startedAt, finishedAt) = (UTCTime(startedAt).text, UTCTime(end).text)
      seconds = max(0, (1000 * end.timeIntervalSince(startedAt)).rounded() / 1000)
      (inputSHA256, modelSHA256) = (key.inputSHA256?.description, key.modelSHA256?.description)
      (software, host) = (Version.software, ProcessInfo.processInfo.hostName)
    }

    /// When it began; nil where that is no time.
    var start: Date? { BundleRecord.moment(startedAt) }
  }

  /// One stage.
  struct Passed: Codable {
    let stage: String
    let startedAt: String
    let seconds: Double
    let facts: Facts

    enum CodingKeys: String, CodingKey {
      case stage, seconds, facts
      case startedAt = "started_at"
    }

    init(_ record: StageRecord) {
      (stage, startedAt) = (record.stage.rawValue, UTCTime(record.startedAt).text)
      (seconds, facts) = (record.seconds, record.facts)
    }

    /// As a journey keeps it; nil where it is no stage of this Vigil's.
    var record: StageRecord? {
      guard let stage = Stage(rawValue: stage), let start = BundleRecord.moment(startedAt), seconds >= 0 else {
        return nil
      }
      return StageRecord(stage: stage, startedAt: start, seconds: seconds, facts: facts)
    }
  }

  /// One file that the run read or made; an output by its name.
  struct File: Codable {
    let role: FileEntry.Role
    let path: String
    let bytes: Int64
    let sha256: String

    init(_ entry: FileEntry) {
      (role, path, bytes, sha256) = (entry.role, entry.path, entry.bytes, entry.sha256.description)
    }
  }

  /// How one label agrees with a supplied mask, for who reads the bundle: the agent compares masks itself.
  struct Score: Codable {
    let referenceSHA256: String
    let label: Int
    let labelName: String
    let dice: Double?
    let hd95: Double?
    let nsd: Double?
    let volume: Double
    let referenceVolume: Double

    enum CodingKeys: String, CodingKey {
      case label, dice
      case referenceSHA256 = "reference_sha256"
      case labelName = "label_name"
      case hd95 = "hd95_mm"
      case nsd = "nsd_1mm"
      case volume = "volume_ml"
      case referenceVolume = "reference_volume_ml"
    }

    init(_ score: ScoreEntry) {
      (referenceSHA256, label, labelName) = (score.referenceSHA256.description, score.label, score.labelName)
      (dice, hd95, nsd) = (score.dice, score.hd95Millimetres, score.nsd1Millimetre)
      (volume, referenceVolume) = (score.volumeMillilitres, score.referenceVolumeMillilitres)
    }
  }

  let run: Run
  let stages: [Passed]
  let files: [File]
  let scores: [Score]

  init(_ run: Run, stages: [StageRecord], files: [FileEntry], scores: [ScoreEntry] = []) {
    self.run = run
    self.stages = stages.map { Passed($0) }
    self.files = files.map { File($0) }
    self.scores = scores.map { Score($0) }
  }

  /// A record larger than this is none.
  static let largestRecord: Int64 = 64 << 20

  /// Times as the database writes them.
  private static func moment(_ text: String) -> Date? {
    try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)
  }
}
