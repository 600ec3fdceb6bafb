public import Imaging
public import Models
import Preprocessing
import Foundation

/// Judges what a model made of a scan, with what the model's folder knows of its training.
public struct Judge: Sendable {
  private let dataset: DatasetDescription
  /// Nil where the model was not calibrated.
  public let calibration: Calibration?
  private let fingerprint: DatasetFingerprint?

  /// Reads `trust.json` and `dataset_fingerprint.json` of the model, where they are there.
  public init(_ model: ModelEnsemble) throws(TrustError) {
    dataset = model.dataset
    calibration = try Calibration.read(model.folder.appending(path: ModelEnsemble.trustName))
    let file = model.models[model.models.count - 1].folder.appending(path: "dataset_fingerprint.json")
    // One that cannot be read is none: it decides nothing about the labels, and `vigil model verify` looks after its bytes.
    fingerprint = (try? Data(contentsOf: file)).flatMap { try? DatasetFingerprint(parsing: $0) }
  }

  /// - Parameters:
  ///   - image: The first channel, on the scan's own grid.
  ///   - labels: What was found, on the same grid.
  ///   - votes: What the networks said one by one; empty where they were not counted.
  ///   - axisCodes: Axis codes with which the networks saw the scan.
  public func report(
    image: Volume, labels: LabelMap, votes: [MemberVotes], axisCodes: AxisCodes
  ) -> TrustReport {
    let scan = ScanMeasures(image)
    let found = LabelMeasures.all(in: labels, of: image, scan)
    let written = dataset.writtenLabels
    let signals = Dictionary(uniqueKeysWithValues: written.map { ($0, LabelSignals(label: $0, votes: votes)) })
    var expected: [Int: Double] = [:]
    for label in calibration?.labels ?? [] {
      expected[label.label] = label.expectedDice(signals[label.label], volume: found[label.label]?.volume)
    }
    let findings = findings(scan, axisCodes, found, signals)
    let known = written.compactMap { expected[$0] }
    return TrustReport(
      score: known.isEmpty ? nil : known.reduce(0, +) / Double(known.count), verdict: findings.verdict,
      perLabel: written.map { label in
        .init(
          label: label, name: dataset.name(of: label), expectedDice: expected[label],
          foldDice: signals[label]?.foldDice, entropy: signals[label]?.entropy)
      }, warnings: findings.map { $0.text })
  }

  private func findings(
    _ scan: ScanMeasures, _ axisCodes: AxisCodes, _ found: [Int: LabelMeasures], _ signals: [Int: LabelSignals]
  ) -> [Finding] {
    guard let calibration else {
      return (fingerprint?.findings(of: scan) ?? []) + disagreement(signals)
        + [Finding(.note, "not calibrated: the model has no trust.json, so no Dice can be expected")]
    }
    return calibration.findings(of: scan, axisCodes: axisCodes.description) + calibration.findings(of: found, signals)
  }

  /// Folds that agree less than this are not about to be right; a rule of thumb for models that are not calibrated.
  private static let leastFoldDice = 0.5

  private func disagreement(_ signals: [Int: LabelSignals]) -> [Finding] {
    dataset.writtenLabels.compactMap { label in
      guard let dice = signals[label]?.foldDice, dice < Self.leastFoldDice else { return nil }
      return Finding(
        .doubtful, "\(dataset.name(of: label)): the folds agree with a Dice of \(Calibration.short(dice)) only")
    }
  }
}

extension DatasetFingerprint {
  /// Spacings and lengths by size, because a fingerprint does not say how its axes lie in the patient.
  func findings(of scan: ScanMeasures) -> [Finding] {
    let sorted = spacings.map { $0.sorted() }
    let extents = zip(spacings, shapesAfterCrop).map { spacing, shape in zip(spacing, shape).map { $0 * Double($1) } }
    let names = ["smallest", "middle", "largest"]
    let own = scan.spacing.sorted()
    let spacing = (0..<3).compactMap { rank -> Finding? in
      guard let limits = Limits(sorted.map { $0[rank] }), !limits.hold(own[rank], least: Calibration.Least.spacing)
      else { return nil }
      return Finding(
        .doubtful,
        "the \(names[rank]) spacing is \(Calibration.short(own[rank])) mm, in training scans \(Calibration.range(limits)) mm"
      )
    }
    // Training scans were cropped to what is not zero, so a larger field of view means nothing; a much smaller one does.
    let smallest = Limits(extents.map { $0.min() ?? 0 })
    let least = scan.extent.min() ?? 0
    guard let smallest, least < smallest.low / 2 else { return spacing }
    return spacing + [
      Finding(
        .doubtful,
        "the field of view is \(Calibration.short(least)) mm at its narrowest, in training scans \(Calibration.range(smallest)) mm"
      )
    ]
  }
}
