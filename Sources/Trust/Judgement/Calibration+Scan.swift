import Foundation

/// The scan itself against the training scans.
extension Calibration {
  /// Tolerances below which a difference from the training scans means nothing, whatever little range these had.
  enum Least {
    /// mm: stored spacings are rounded.
    static let spacing = 0.05
    /// mm: a few voxels of field of view.
    static let extent = 5.0
    /// Of 1.
    static let roughness = 0.02
    /// Correlation, of 1.
    static let similarity = 0.05
    /// Natural logarithm of a volume: 10 percent.
    static let logVolume = 0.1
    /// In standard deviations of the scan.
    static let contrast = 0.2
    /// Share of the field of view.
    static let place = 0.05
    /// mm.
    static let offset = 2.0
    /// mm^2 on a side of the field of view.
    static let contact = 10.0
  }

  /// How many ranges beyond the training scans' limits is far: not a rare scan, another kind of scan.
  static let far = 1.0

  func findings(of scan: ScanMeasures, axisCodes seen: String) -> [Finding] {
    guard let appearance = scan.appearance else {
      return [Finding(.grave, "the scan is blank: every voxel has the same value")]
    }
    return orientation(seen) + spacing(scan) + extent(scan) + roughness(scan) + similarity(appearance)
  }

  private func orientation(_ seen: String) -> [Finding] {
    guard !axisCodes.isEmpty, !axisCodes.contains(seen) else { return [] }
    return [
      Finding(
        .doubtful,
        "the networks saw the scan's axes as \(seen), training scans were \(axisCodes.joined(separator: " or ")): name `orientation` in the rule"
      )
    ]
  }

  private func spacing(_ scan: ScanMeasures) -> [Finding] {
    (0..<3).compactMap { axis in
      let (value, limits) = (scan.spacing[axis], spacing[axis])
      guard !limits.hold(value, least: Least.spacing) else { return nil }
      return Finding(.doubtful, Self.compare("voxels", "\(PatientGrid.names[axis])", value, limits, "mm"))
    }
  }

  private func extent(_ scan: ScanMeasures) -> [Finding] {
    (0..<3).compactMap { axis in
      let (value, limits) = (scan.extent[axis], extent[axis])
      guard let excess = limits.excess(value, least: Least.extent), excess > 0 else { return nil }
      return Finding(
        .doubtful, Self.compare("the field of view", "\(PatientGrid.names[axis])", value, limits, "mm"))
    }
  }

  /// "voxels are 3 times as large left-right (3.0 mm) as in any training scan (1.0 to 1.0 mm)".
  private static func compare(
    _ what: String, _ axis: String, _ value: Double, _ limits: Limits, _ unit: String
  ) -> String {
    let isLarger = value > limits.high
    let ratio = isLarger ? value / limits.high : limits.low / value
    let verb = what.hasSuffix("s") ? "are" : "is"
    let times =
      ratio >= 1.1 ? "\(short(ratio)) times as \(isLarger ? "large" : "small")" : isLarger ? "larger" : "smaller"
    let word = ratio >= 1.1 ? "as" : "than"
    return
      "\(what) \(verb) \(times) \(axis) (\(short(value)) \(unit)) \(word) in any training scan (\(range(limits)) \(unit))"
  }

  private func roughness(_ scan: ScanMeasures) -> [Finding] {
    guard let value = scan.roughness, let roughness, let excess = roughness.excess(value, least: Least.roughness),
      excess > 0
    else { return [] }
    let word = value > roughness.high ? "noisier" : "smoother"
    return [
      Finding(
        excess > Self.far ? .grave : .doubtful,
        "the scan is \(word) than any training scan (\(Self.short(value)) against \(Self.range(roughness)), where white noise has 1)"
      )
    ]
  }

  private func similarity(_ appearance: Appearance) -> [Finding] {
    guard let template = Appearance(of: template), let similarity else { return [] }
    let value = appearance.similarity(to: template)
    var findings: [Finding] = []
    if value < similarity.low, let excess = similarity.excess(value, least: Least.similarity), excess > 0 {
      let inverted = -value >= similarity.low
      findings.append(
        Finding(
          excess > Self.far ? .grave : .doubtful,
          inverted
            ? "dark and bright are exchanged: the scan looks like a negative of the training scans"
            : "the scan does not look like the training scans (similarity \(Self.short(value)), theirs \(Self.range(similarity)))"
        ))
    }
    let gains = appearance.gains(towards: template)
    let beyond = zip(Appearance.Turn.all, zip(gains, self.gains)).filter { turn, pair in
      turn != .none && pair.0 > 0 && !pair.1.hold(pair.0, least: Least.similarity)
    }
    if let best = beyond.max(by: { $0.1.0 < $1.1.0 }), value + best.1.0 >= similarity.low {
      findings.append(
        Finding(
          .doubtful,
          "the scan looks \(best.0.words): so laid it resembles the training scans at \(Self.short(value + best.1.0)), as it is at \(Self.short(value))"
        ))
    }
    return findings
  }

  /// A number as people say it.
  static func short(_ value: Double) -> String {
    abs(value) >= 100 ? String(format: "%.0f", value) : String(format: "%.3g", value)
  }

  static func range(_ limits: Limits) -> String {
    let (low, high) = (short(limits.low), short(limits.high))
    return low == high ? low : "\(low) to \(high)"
  }
}
