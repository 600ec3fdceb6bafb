import GRDB

/// What can be exported as a table of its own.
public enum ExportedView: String, Sendable, CaseIterable {
  /// Sealed runs.
  case runs
  /// Their stages, with facts as JSON.
  case stages
  /// Files by digest.
  case files
  /// Agreement with masks.
  case scores
  /// The chain of events.
  case events
  /// Verdicts.
  case trust
  /// Verdicts by label.
  case trustLabels = "trust_labels"
  /// Volumes by label.
  case volumes
}

extension AuditDatabase {
  /// Every row of a view.
  public func export(_ view: ExportedView) throws(AuditError) -> Answer {
    let order =
      switch view {
      case .runs: "started_at, id"
      case .events: "id"
      case .stages, .trust: "run_id"
      case .files: "run_id, role, path"
      case .scores: "run_id, reference_sha256, label"
      case .trustLabels, .volumes: "run_id, label"
      }
    return try answer("SELECT * FROM \(view.rawValue) ORDER BY \(order)", [])
  }

  /// One table for a spreadsheet, a row a segmented run and label, oldest first: the run, the label's volume, its expected Dice, and
  /// its agreement with each mask (a row for each; without a mask one row). What a mask draws as the union of several labels has a row of
  /// its own under the union's name.
  public func exportResults() throws(AuditError) -> Answer {
    try answer(
      """
      SELECT runs.id AS run_id, runs.started_at, runs.rule, runs.series_uid, runs.output_folder, volumes.label,
        volumes.label_name, volumes.volume_ml, trust.verdict, trust_labels.expected_dice, scores.dice, scores.hd95_mm,
        scores.nsd_1mm, scores.reference_volume_ml, scores.reference_sha256
      FROM runs JOIN volumes ON volumes.run_id = runs.id
        LEFT JOIN trust ON trust.run_id = runs.id
        LEFT JOIN trust_labels ON trust_labels.run_id = runs.id AND trust_labels.label = volumes.label
        LEFT JOIN scores ON scores.run_id = runs.id AND scores.label = volumes.label
          AND scores.label_name = volumes.label_name
      UNION ALL
      SELECT runs.id, runs.started_at, runs.rule, runs.series_uid, runs.output_folder, scores.label, scores.label_name,
        scores.volume_ml, trust.verdict, NULL, scores.dice, scores.hd95_mm, scores.nsd_1mm, scores.reference_volume_ml,
        scores.reference_sha256
      FROM runs JOIN scores ON scores.run_id = runs.id LEFT JOIN trust ON trust.run_id = runs.id
      WHERE NOT EXISTS (SELECT 1 FROM volumes WHERE volumes.run_id = runs.id AND volumes.label = scores.label
        AND volumes.label_name = scores.label_name)
      ORDER BY 2, 1, 6, 7, 15
      """, [])
  }
}
