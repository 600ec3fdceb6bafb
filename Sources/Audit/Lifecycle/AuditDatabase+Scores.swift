import Digests
import GRDB

/// Scores against supplied masks.
extension AuditDatabase {
  /// Adds scores to a run, open or sealed, in one transaction with one event per mask. A score of the same mask and label that
  /// is on record already stays as it is.
  public func recordScores(_ run: RunID, _ scores: [ScoreEntry]) throws(AuditError) {
    let at = now
    try write { db in
      guard try Bool.fetchOne(db, sql: "SELECT 1 FROM run WHERE id = ?", arguments: [run.text]) == true else {
        throw AuditError.noOpenRun(run)
      }
      let insert = try db.makeStatement(
        sql: "INSERT INTO score VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
      var added: [ScoreEntry] = []
      for score in scores {
        try insert.execute(
          arguments: [
            run.text, score.referenceSHA256.description, score.label, score.labelName, score.dice,
            score.hd95Millimetres, score.nsd1Millimetre, score.volumeMillilitres, score.referenceVolumeMillilitres, at,
          ])
        if db.changesCount > 0 { added.append(score) }
      }
      let byMask = Dictionary(grouping: added) { $0.referenceSHA256.description }
      for (mask, scores) in byMask.sorted(by: { $0.key < $1.key }) {
        let record = try ScoreRecordDigest.compute(run, reference: mask, labels: scores.map { $0.label }, in: db)
        try self.append(
          kind: "scores-recorded",
          detail: [
            "labels": .array(scores.map { .integer(Int64($0.label)) }),
            "record_sha256": .text(record.description), "reference_sha256": .text(mask),
          ], run: run, to: db)
      }
    }
  }
}
