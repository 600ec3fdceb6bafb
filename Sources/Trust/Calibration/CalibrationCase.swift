/// What calibrating needs to know of one training case.
public struct CalibrationCase: Sendable {
  /// Its name.
  public let name: String
  /// The fold that had not seen it.
  public let fold: Int
  /// The scan.
  let scan: ScanMeasures
  /// Axis codes with which the networks saw it.
  let axisCodes: String
  /// Its labels as they were drawn, by value.
  let drawn: [Int: LabelMeasures]
  /// Its labels as the fold's networks found them.
  let found: [Int: LabelMeasures]
  /// Of every label that can be written.
  let signals: [Int: LabelSignals]
  /// Between both; nil where neither has the label.
  let dice: [Int: Double]

  /// A case as it was measured.
  package init(
    name: String, fold: Int, scan: ScanMeasures, axisCodes: String, drawn: [Int: LabelMeasures],
    found: [Int: LabelMeasures], signals: [Int: LabelSignals], dice: [Int: Double]
  ) {
    self.name = name
    self.fold = fold
    self.scan = scan
    self.axisCodes = axisCodes
    self.drawn = drawn
    self.found = found
    self.signals = signals
    self.dice = dice
  }
}
