import Foundation
public import Preprocessing

extension Calibration {
  /// Made from cases, each segmented by the networks that had not seen it.
  public init(
    fitting cases: [CalibrationCase], dataset: DatasetDescription, madeBy: String
  ) throws(TrustError) {
    let folds = Set(cases.map { $0.fold }).sorted()
    guard cases.count >= Self.fewestCases, folds.count > 1 else {
      throw TrustError(
        "a calibration needs at least \(Self.fewestCases) cases of two or more folds, found \(cases.count) of \(folds.count)"
      )
    }
    // Each fold's cases judged by what the others' say: what is then said of new scans is as honest.
    var pairs: [Pair] = []
    var crossed: [(calibration: Calibration, cases: [CalibrationCase])] = []
    for fold in folds {
      let rest = Calibration(cases.filter { $0.fold != fold }, dataset, expected: [:], madeBy)
      let own = cases.filter { $0.fold == fold }
      crossed.append((rest, own))
      for item in own {
        for label in rest.labels {
          guard let dice = item.dice[label.label], let expected = label.expectedDice(item) else { continue }
          pairs.append(Pair(fold: fold, label: label.label, expected: expected, dice: dice))
        }
      }
    }
    let flagged = zip(folds, crossed).reduce(0) { sum, part in
      let judge = part.1.calibration.with(expected: Self.limits(pairs.filter { $0.fold != part.0 }))
      return sum + part.1.cases.count { judge.findings(of: $0).contains { $0.isFlag } }
    }
    self.init(cases, dataset, expected: Self.limits(pairs), madeBy, Figures(pairs, flagged: flagged))
  }

  /// A case's expected and true Dice of one label.
  struct Pair {
    let fold: Int
    let label: Int
    let expected: Double
    let dice: Double
  }

  private static func limits(_ pairs: [Pair]) -> [Int: Limits] {
    Dictionary(grouping: pairs) { $0.label }.compactMapValues { Limits($0.map { $0.expected }) }
  }

  /// Fewer do not tell what is usual.
  static let fewestCases = 20

  private init(
    _ cases: [CalibrationCase], _ dataset: DatasetDescription, expected: [Int: Limits], _ madeBy: String,
    _ figures: Figures = Figures([], flagged: 0)
  ) {
    format = Self.format
    self.madeBy = madeBy
    self.cases = cases.count
    self.figures = figures
    axisCodes = Set(cases.map { $0.axisCodes }).sorted()
    spacing = (0..<3).compactMap { axis in Limits(cases.map { $0.scan.spacing[axis] }) }
    extent = (0..<3).compactMap { axis in Limits(cases.map { $0.scan.extent[axis] }) }
    roughness = Limits(cases.compactMap { $0.scan.roughness })
    let pictures = cases.compactMap { $0.scan.appearance }
    let mean = Appearance(meanOf: pictures)
    // A thousandth of the largest block decides nothing.
    template = mean?.blocks.map { ($0 * 1e5).rounded() / 1e5 } ?? []
    // Each scan against the mean of the others, as a new scan is.
    let others = Appearance.meansWithoutEach(of: pictures)
    let matched = Array(zip(pictures, others))
    similarity = Limits(matched.map { $0.similarity(to: $1) })
    let gains = matched.map { $0.gains(towards: $1) }
    self.gains = gains.isEmpty ? [] : Appearance.Turn.all.indices.compactMap { turn in Limits(gains.map { $0[turn] }) }
    var labels: [Label] = []
    for label in dataset.writtenLabels {
      labels.append(
        Label(
          label, dataset.name(of: label), after: labels.last?.label, cases, expected: expected[label]))
    }
    self.labels = labels
  }

  private func with(expected: [Int: Limits]) -> Calibration {
    Calibration(self, labels: labels.map { $0.with(expected: expected[$0.label]) })
  }

  private init(_ other: Calibration, labels: [Label]) {
    (format, madeBy, cases, axisCodes) = (other.format, other.madeBy, other.cases, other.axisCodes)
    (spacing, extent, roughness) = (other.spacing, other.extent, other.roughness)
    (template, similarity, gains) = (other.template, other.similarity, other.gains)
    (self.labels, figures) = (labels, other.figures)
  }
}

extension Appearance {
  /// For each picture the mean of all others; empty where one has none.
  fileprivate static func meansWithoutEach(of pictures: [Appearance]) -> [Appearance] {
    let sums = (0..<side * side * side).map { index in pictures.reduce(0) { $0 + $1.blocks[index] } }
    let means = pictures.compactMap { picture in Appearance(of: zip(sums, picture.blocks).map { $0 - $1 }) }
    return means.count == pictures.count ? means : []
  }
}

extension Calibration.Label {
  init(_ label: Int, _ name: String, after previous: Int?, _ cases: [CalibrationCase], expected: Limits?) {
    let drawn = cases.compactMap { $0.drawn[label] }
    let logs = drawn.map { log($0.volume) }
    self.label = label
    self.name = name
    presence = Double(drawn.count) / Double(cases.count)
    logVolumeMean = Statistics.mean(logs)
    logVolumeDeviation = Statistics.deviation(logs)
    logVolume = Limits(logs)
    contrast = Limits(drawn.compactMap { $0.contrast })
    let places = (0..<3).compactMap { axis in Limits(drawn.map { $0.place[axis] }) }
    place = places.count == 3 ? places : [Limits](repeating: Limits(low: 0, high: 1), count: 3)
    contact = (0..<6).map { side in drawn.map { $0.contact[side] }.max() ?? 0 }
    let pairs = cases.compactMap { item in
      previous.flatMap { item.drawn[$0] }.flatMap { first in item.drawn[label].map { (first, $0) } }
    }
    let offsets = (0..<3).compactMap { axis in Limits(pairs.map { $1.position[axis] - $0.position[axis] }) }
    offset = offsets.count == 3 ? offsets : []
    let (mean, deviation) = (logVolumeMean, logVolumeDeviation)
    let rows = cases.compactMap { item in
      item.dice[label].map { dice in
        (
          values: Self.values(
            item.signals[label], volume: item.found[label]?.volume, logMean: mean, logDeviation: deviation), dice: dice
        )
      }
    }
    let complete = rows.filter { $0.values[.entropy] != nil }
    dice = complete.count >= Calibration.fewestCases / 2 ? DiceModel(fitting: complete) : nil
    expectedDice = expected
    meanDice = rows.isEmpty ? nil : Statistics.mean(rows.map { $0.dice })
  }

  /// The signals as the straight line takes them.
  static func values(
    _ signals: LabelSignals?, volume: Double?, logMean: Double, logDeviation: Double
  ) -> [DiceModel.Signal: Double] {
    var values: [DiceModel.Signal: Double] = [:]
    values[.mirrors] = signals?.mirrorDice.map { 1 - $0 }
    values[.configurations] = signals?.configurationDice.map { 1 - $0 }
    values[.entropy] = signals?.entropy
    if let volume, volume > 0, logDeviation > 0 {
      values[.volume] = max(0, abs(log(volume) - logMean) / logDeviation - 2)
    }
    return values
  }

  /// What is expected of a scan: 0 where a label that nearly every training case has was not found by any network; nil where nothing
  /// can be said.
  func expectedDice(_ signals: LabelSignals?, volume: Double?) -> Double? {
    guard let dice else { return nil }
    if volume == nil || signals?.entropy == nil { return presence >= Self.always ? 0 : nil }
    return dice.expectedDice(
      Self.values(signals, volume: volume, logMean: logVolumeMean, logDeviation: logVolumeDeviation))
  }

  func expectedDice(_ item: CalibrationCase) -> Double? {
    expectedDice(item.signals[label], volume: item.found[label]?.volume)
  }

  /// A label that at least this share of the training cases has is expected in every scan.
  static let always = 0.98

  func with(expected: Limits?) -> Self {
    Self(
      label: label, name: name, presence: presence, logVolumeMean: logVolumeMean,
      logVolumeDeviation: logVolumeDeviation, logVolume: logVolume, contrast: contrast, place: place,
      contact: contact, offset: offset, dice: dice, expectedDice: expected, meanDice: meanDice)
  }
}

extension Calibration.Figures {
  init(_ pairs: [Calibration.Pair], flagged: Int) {
    let (expected, truth) = (pairs.map { $0.expected }, pairs.map { $0.dice })
    count = pairs.count
    pearson = Statistics.pearson(expected, truth)
    spearman = Statistics.spearman(expected, truth)
    meanError = Statistics.mean(zip(expected, truth).map { abs($0 - $1) })
    calibrationError = Statistics.calibrationError(expected: expected, true: truth)
    self.flagged = flagged
  }
}
