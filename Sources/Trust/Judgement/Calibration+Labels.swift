import Foundation

/// What was found, against the labels of the training set.
extension Calibration {
  func findings(of found: [Int: LabelMeasures], _ signals: [Int: LabelSignals]) -> [Finding] {
    labels.flatMap { label -> [Finding] in
      guard let measures = found[label.label] else { return label.absence }
      let before = label.offset.isEmpty ? nil : label.previous(in: self).flatMap { found[$0] }
      return label.volume(measures) + label.brightness(measures) + label.place(measures, after: before)
        + label.contact(measures) + label.agreement(measures, signals[label.label])
    }
  }

  /// Everything there is to say of a case.
  package func findings(of item: CalibrationCase) -> [Finding] {
    findings(of: item.scan, axisCodes: item.axisCodes) + findings(of: item.found, item.signals)
  }
}

extension Calibration.Label {
  private typealias Least = Calibration.Least

  /// The label that stands before this one in the model's list.
  fileprivate func previous(in calibration: Calibration) -> Int? {
    let index = calibration.labels.firstIndex { $0.label == label } ?? 0
    return index == 0 ? nil : calibration.labels[index - 1].label
  }

  fileprivate var absence: [Finding] {
    guard presence >= Self.always else { return [] }
    return [Finding(.grave, "\(name) was not found, which every training scan has")]
  }

  fileprivate func volume(_ measures: LabelMeasures) -> [Finding] {
    guard let logVolume, let excess = logVolume.excess(log(measures.volume), least: Least.logVolume), excess > 0
    else { return [] }
    let (low, high) = (exp(logVolume.low), exp(logVolume.high))
    let isLarger = measures.volume > high
    let ratio = isLarger ? measures.volume / high : low / measures.volume
    return [
      Finding(
        excess > Calibration.far ? .grave : .doubtful,
        "\(name) is \(Calibration.short(ratio)) times \(isLarger ? "as large as the largest" : "smaller than the smallest") of the training set (\(Calibration.short(measures.volume)) ml, there \(Calibration.short(low)) to \(Calibration.short(high)) ml)"
      )
    ]
  }

  fileprivate func brightness(_ measures: LabelMeasures) -> [Finding] {
    guard let contrast, let value = measures.contrast, let excess = contrast.excess(value, least: Least.contrast),
      excess > 0
    else { return [] }
    return [
      Finding(
        .doubtful,
        "\(name) is \(value > contrast.high ? "brighter" : "darker") against its surroundings than in any training scan (\(Calibration.short(value)) standard deviations, there \(Calibration.range(contrast)))"
      )
    ]
  }

  /// Where it lies in the field of view, and which way from the label before it.
  fileprivate func place(_ measures: LabelMeasures, after before: LabelMeasures?) -> [Finding] {
    var findings: [Finding] = []
    for axis in 0..<3 {
      let ends = PatientGrid.ends[axis]
      if !place[axis].hold(measures.place[axis], least: Least.place) {
        let end = measures.place[axis] > place[axis].high ? ends.1 : ends.0
        findings.append(
          Finding(
            .doubtful, "\(name) lies further to the \(end) end of the field of view than in any training scan"))
      }
      guard let before, offset.count == 3 else { continue }
      let step = measures.position[axis] - before.position[axis]
      guard !offset[axis].hold(step, least: Least.offset) else { continue }
      let reversed = step * (offset[axis].low + offset[axis].high) < 0
      findings.append(
        Finding(
          reversed ? .grave : .doubtful,
          reversed
            ? "\(name) lies on the wrong side of its neighbour \(PatientGrid.names[axis]): the scan may be mirrored"
            : "\(name) lies \(Calibration.short(abs(step))) mm from its neighbour \(PatientGrid.names[axis]), in training scans \(Calibration.range(offset[axis])) mm"
        ))
    }
    return findings
  }

  fileprivate func contact(_ measures: LabelMeasures) -> [Finding] {
    let sides = PatientGrid.ends.flatMap { [$0.0, $0.1] }
    return zip(sides, zip(measures.contact, contact)).compactMap { side, area in
      let most = max(area.1 * (1 + Limits.margin), area.1 + Least.contact)
      guard area.0 > most else { return nil }
      return Finding(
        .doubtful,
        "\(name) is cut off by the \(side) side of the field of view (\(Calibration.short(area.0)) mm² touch it)")
    }
  }

  fileprivate func agreement(_ measures: LabelMeasures, _ signals: LabelSignals?) -> [Finding] {
    guard let expected = expectedDice(signals, volume: measures.volume), let meanDice, let expectedDice else {
      return []
    }
    if expected < meanDice * Self.poorShare {
      return [
        Finding(
          .grave,
          "\(name): a Dice of \(Calibration.short(expected)) is to be expected, on held-out training scans \(Calibration.short(meanDice))"
        )
      ]
    }
    guard !expectedDice.hold(expected, least: Self.leastDice), expected < expectedDice.low else { return [] }
    return [
      Finding(
        .doubtful,
        "\(name): the networks disagree more than on any held-out training scan; a Dice of \(Calibration.short(expected)) is to be expected"
      )
    ]
  }

  /// Below this share of the Dice that held-out scans have, the segmentation is likely to be of no use.
  static let poorShare = 0.75
  /// Dice: less is no difference.
  static let leastDice = 0.02
}
