public import Foundation

/// One stage of one journey, as the audit keeps it.
public struct StageRecord: Sendable, Encodable {
  /// Which stage.
  public let stage: Stage
  /// When it began.
  public let startedAt: Date
  /// How long it took.
  public let seconds: Double
  /// What it found; on an error the message, under `error`.
  public let facts: Facts
}

/// The only place where a journey is timed, recorded, and its errors given their stage: no stage logs, none can forget to.
final class StageLog {
  private(set) var records: [StageRecord]
  /// Told of each stage when it ends.
  private let onStage: @Sendable (StageRecord) -> Void

  /// Begins after `records`, which were passed before.
  init(after records: [StageRecord] = [], onStage: @escaping @Sendable (StageRecord) -> Void) {
    self.records = records
    self.onStage = onStage
  }

  /// The same story so far, to be continued by one of several scans of a series.
  func fork() -> StageLog { StageLog(after: records, onStage: onStage) }

  /// When the journey began; the run's start.
  var startedAt: Date { records.first?.startedAt ?? Date() }

  /// Runs one stage. What `work` returns beside its value becomes the stage's facts.
  func stage<Value>(
    _ stage: Stage, _ work: () throws(JourneyError) -> (Value, Facts)
  ) throws(JourneyError) -> Value {
    let startedAt = Date()
    let clock = ContinuousClock()
    let start = clock.now
    do {
      let (value, facts) = try work()
      append(StageRecord(stage: stage, startedAt: startedAt, seconds: (clock.now - start).inSeconds, facts: facts))
      return value
    } catch {
      append(
        StageRecord(
          stage: stage, startedAt: startedAt, seconds: (clock.now - start).inSeconds,
          facts: ["error": .text(error.message)]))
      throw error
    }
  }

  /// Whether a stage has been passed.
  func has(_ stage: Stage) -> Bool { records.contains { $0.stage == stage } }

  /// Adds to what a stage has found; nothing where it was not passed.
  func add(_ facts: Facts, to stage: Stage) {
    guard let index = records.lastIndex(where: { $0.stage == stage }) else { return }
    let record = records[index]
    records[index] = StageRecord(
      stage: stage, startedAt: record.startedAt, seconds: record.seconds,
      facts: record.facts.merging(facts) { _, new in new })
  }

  /// Takes over a stage that was passed before the journey began.
  func append(_ record: StageRecord) {
    records.append(record)
    onStage(record)
  }
}

extension Date {
  /// The moment as the database keeps it, so that what is dated by it can be made again from the record.
  var inMilliseconds: Date { Date(timeIntervalSince1970: (timeIntervalSince1970 * 1000).rounded() / 1000) }
}

extension Duration {
  /// As seconds with a fraction.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
