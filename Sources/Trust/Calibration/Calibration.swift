public import Foundation

/// What a model's training set was like and how its networks' disagreement told of their errors: `trust.json` beside the model.
/// Lengths in mm along the patient's right, anterior and superior axes, volumes in ml.
public struct Calibration: Sendable, Equatable, Codable {
  /// Of this file's keys.
  public static let format = 1
  /// A larger file is none of ours.
  static let largestFile = 4 << 20

  /// ``Calibration/format``.
  let format: Int
  /// The command that made it.
  public let madeBy: String
  /// Cases that it was made from.
  public let cases: Int
  /// Axis codes that training images had when the networks saw them, such as RAS.
  let axisCodes: [String]
  /// Of each axis.
  let spacing: [Limits]
  /// Of each axis.
  let extent: [Limits]
  let roughness: Limits?
  /// The mean appearance, `[right, anterior, superior]`, and its correlation with the scans.
  let template: [Double]
  let similarity: Limits?
  /// How much more scans resemble the template in each of 48 turns.
  let gains: [Limits]
  let labels: [Label]
  /// How well the expected Dice fits cases that the fit left out.
  public let figures: Figures

  /// One label's part.
  struct Label: Sendable, Equatable, Codable {
    let label: Int
    let name: String
    /// Share of the cases that have it.
    let presence: Double
    /// Natural logarithm of the volume: mean, standard deviation, limits.
    let logVolumeMean: Double
    let logVolumeDeviation: Double
    let logVolume: Limits?
    let contrast: Limits?
    /// As a share of the field of view.
    let place: [Limits]
    /// Largest area on each side of the field of view.
    let contact: [Double]
    /// Position less that of the label before it, mm; empty for the first.
    let offset: [Limits]
    /// Nil where the cross-validation does not suffice.
    let dice: DiceModel?
    /// Expected Dice of cases that the fit left out, ascending limits, and their true mean.
    let expectedDice: Limits?
    let meanDice: Double?
  }

  /// Expected against true Dice, over cases and labels, each expected by a fit without the case's fold.
  public struct Figures: Sendable, Equatable, Codable {
    /// Pairs of case and label.
    public let count: Int
    /// Pearson's correlation.
    public let pearson: Double?
    /// Spearman's rank correlation.
    public let spearman: Double?
    /// Mean absolute difference.
    public let meanError: Double
    /// Mean absolute difference of the means of five groups of equal size by expected Dice.
    public let calibrationError: Double
    /// Cases that were not called good by a calibration without their fold, though nothing was done to them.
    public let flagged: Int
  }

  /// Reads `trust.json`; nil where there is none.
  public static func read(_ file: URL) throws(TrustError) -> Calibration? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      let size = try FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)[.size] as? Int
      guard let size, size <= largestFile else {
        throw TrustError("\(file.path): larger than the \(largestFile) bytes that a calibration has at most")
      }
      let calibration = try JSONDecoder().decode(Calibration.self, from: Data(contentsOf: file))
      try calibration.check(file)
      return calibration
    } catch let error as TrustError {
      throw error
    } catch {
      throw TrustError("\(file.path) is no calibration: \(error); make it anew with `vigil model calibrate`")
    }
  }

  private func check(_ file: URL) throws(TrustError) {
    let blocks = Appearance.side * Appearance.side * Appearance.side
    let isWhole =
      spacing.count == 3 && extent.count == 3 && (template.count == blocks || template.isEmpty)
      && (gains.count == Appearance.Turn.all.count || gains.isEmpty)
      && labels.allSatisfy { label in
        label.place.count == 3 && label.contact.count == 6 && [0, 3].contains(label.offset.count)
          && label.dice.map { $0.signals.count == $0.weights.count } ?? true
      }
    guard format == Self.format, isWhole else {
      throw TrustError("\(file.path): another format or incomplete; make it anew with `vigil model calibrate`")
    }
  }

  /// The file: keys sorted, so that equal calibrations are equal files.
  public var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data([0x0A])
    }
  }
}

/// Why a scan cannot be judged, or a model not calibrated.
public struct TrustError: Error, Equatable, CustomStringConvertible {
  /// What was expected, what was found, where, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
