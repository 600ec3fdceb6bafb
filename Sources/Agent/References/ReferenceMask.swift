internal import Audit
internal import Digests
internal import Foundation
internal import Imaging
internal import Intake

/// A supplied mask, read and brought onto a scan's grid.
struct ReferenceMask {
  let file: InputFile
  let form: SuppliedMask.Form
  let drawn: DrawnLabels

  /// A mask on another grid is resampled by nearest neighbour; one that does not overlap the scan is an error.
  init(_ mask: SuppliedMask, onto grid: Geometry) throws(ReferenceError) {
    do {
      let digest = try SHA256Digest(ofFile: mask.file)
      file = InputFile(path: mask.file.path, bytes: try FileStamp.current(mask.file.path)?.size ?? 0, sha256: digest)
    } catch {
      throw ReferenceError(file: mask.file, reason: "the mask cannot be read")
    }
    form = mask.form
    drawn = try mask.drawn(on: grid)
  }
}

/// A supplied mask could not be compared.
struct ReferenceError: Error {
  let file: URL
  /// Why, without the file's name.
  let reason: String

  /// For the event that tells of it: the file, its digest (empty where it cannot be read), the reason.
  func detail(_ alias: (String) -> String) -> [String: String] {
    let digest = try? SHA256Digest(ofFile: file)
    return ["mask": alias(file.path), "sha256": digest?.description ?? "", "error": reason]
  }
}

/// One mask's scores for one segmentation.
struct ReferenceComparison: Sendable {
  let file: InputFile
  let form: SuppliedMask.Form
  let scores: [ScoreEntry]
  let note: String?
  /// The mask on the scan's grid under the numbers of the scores, to be drawn.
  let labels: LabelMap
  /// The model's labels that a number stands for which stands for several together.
  let members: [Int: [Int]]

  /// What people call it: the form and the beginning of the digest, because the file may be named after the patient.
  var name: String { "\(form.rawValue) \(file.sha256.description.prefix(8))" }

  /// Compares in the scan's grid, label by label as the rule maps the mask's numbers.
  init(_ mask: ReferenceMask, with result: LabelMap, labels: ReferenceLabels) throws(ReferenceError) {
    let present = Set(mask.drawn.labels.statistics().keys.map { Int($0) })
    let pairs = labels.comparisons(with: present, named: mask.drawn.names)
    var scores: [ScoreEntry] = []
    for pair in pairs { scores.append(try Self.score(pair, mask, result)) }
    guard !scores.isEmpty else {
      let numbers = present.sorted().map { String($0) }.joined(separator: ", ")
      throw ReferenceError(
        file: URL(filePath: mask.file.path),
        reason: "the mask has none of the numbers that the rule's reference-labels name; it has \(numbers)")
    }
    file = mask.file
    form = mask.form
    note = mask.drawn.notes.isEmpty ? nil : mask.drawn.notes.joined(separator: "; ")
    self.scores = scores
    members = Dictionary(
      pairs.filter { $0.labels.count > 1 }.map { ($0.recorded, $0.labels) }, uniquingKeysWith: { first, _ in first })
    let numbers = Dictionary(
      pairs.map { (UInt16(clamping: $0.reference), UInt16(clamping: $0.recorded)) },
      uniquingKeysWith: { first, _ in first })
    self.labels = LabelMap(
      geometry: mask.drawn.labels.geometry, voxels: mask.drawn.labels.voxels.map { numbers[$0] ?? 0 })
  }

  /// Both become masks of one label, 1, because the mask's number may be another than the model's.
  private static func score(
    _ pair: ReferenceLabels.Pair, _ mask: ReferenceMask, _ result: LabelMap
  ) throws(ReferenceError) -> ScoreEntry {
    let labels = Set(pair.labels.map { UInt16(clamping: $0) })
    let reference = UInt16(clamping: pair.reference)
    let predicted = LabelMap(geometry: result.geometry, voxels: result.voxels.map { labels.contains($0) ? 1 : 0 })
    let drawn = LabelMap(geometry: result.geometry, voxels: mask.drawn.labels.voxels.map { $0 == reference ? 1 : 0 })
    do {
      let score = try OverlapScores(prediction: predicted, reference: drawn, labels: [1]).scores[0]
      return ScoreEntry(
        referenceSHA256: mask.file.sha256, label: pair.recorded, labelName: pair.name, dice: score.dice,
        hd95Millimetres: score.hd95, nsd1Millimetre: score.nsd, volumeMillilitres: score.volume,
        referenceVolumeMillilitres: score.referenceVolume)
    } catch {
      throw ReferenceError(file: URL(filePath: mask.file.path), reason: "\(error)")
    }
  }
}
