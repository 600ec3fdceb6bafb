internal import Audit
internal import Digests
internal import Foundation
internal import Imaging
internal import Preprocessing

/// A supplied mask, read and brought onto a scan's grid.
struct ReferenceMask {
  let file: InputFile
  let labels: LabelMap
  /// What had to be done to compare it; nil on the scan's own grid.
  let note: String?

  /// Largest mask that is read: a label map of 1024 x 1024 x 1000 voxels of 4 bytes.
  static let largestFile: Int64 = 4 << 30

  /// A mask on another grid is resampled by nearest neighbour; one that does not overlap the scan is an error.
  init(_ file: URL, onto grid: Geometry) throws(ReferenceError) {
    do {
      let digest = try SHA256Digest(ofFile: file)
      let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int64 ?? 0
      self.file = InputFile(path: file.path, bytes: size, sha256: digest)
      let mask = try NIfTI.readLabels(file)
      guard mask.geometry.overlaps(grid) else {
        throw ReferenceError(
          file: file, reason: "the mask does not overlap the scan: their fields of view have nothing in common")
      }
      let isSame = mask.geometry.isSameGrid(as: grid)
      labels = mask.resampledNearest(onto: grid)
      note =
        isSame
        ? nil
        : "the mask has another grid (\(mask.geometry.shape) voxels); it was resampled onto the scan's by nearest neighbour"
    } catch let error as ReferenceError {
      throw error
    } catch let error as NIfTIError {
      throw ReferenceError(file: file, reason: "the mask cannot be read: \(error.detail)")
    } catch let error as DigestError {
      throw ReferenceError(file: file, reason: "the mask cannot be read: \(String(cString: strerror(error.code)))")
    } catch {
      throw ReferenceError(file: file, reason: "the mask cannot be read")
    }
  }
}

/// A supplied mask could not be compared.
struct ReferenceError: Error {
  let file: URL
  /// Why, without the file's name.
  let reason: String

  /// For the event that tells of it: the file, its digest (empty where it cannot be read), the reason.
  func detail(_ aliases: PathAliases) -> [String: String] {
    let digest = try? SHA256Digest(ofFile: file)
    return ["mask": aliases.alias(of: file.path), "sha256": digest?.description ?? "", "error": reason]
  }
}

/// One mask's scores for one segmentation.
struct ReferenceComparison: Sendable {
  let file: InputFile
  let scores: [ScoreEntry]
  let note: String?

  /// Compares in the scan's grid, label by label as the rule maps the mask's numbers.
  init(_ mask: ReferenceMask, with result: LabelMap, labels: ReferenceLabels) throws(ReferenceError) {
    let present = Set(mask.labels.statistics().keys.map { Int($0) })
    var scores: [ScoreEntry] = []
    for pair in labels.comparisons(with: present) {
      scores.append(try Self.score(pair, mask, result))
    }
    guard !scores.isEmpty else {
      let numbers = present.sorted().map { String($0) }.joined(separator: ", ")
      throw ReferenceError(
        file: URL(filePath: mask.file.path),
        reason: "the mask has none of the numbers that the rule's reference-labels name; it has \(numbers)")
    }
    file = mask.file
    note = mask.note
    self.scores = scores
  }

  /// Both become masks of one label, 1, because the mask's number may be another than the model's.
  private static func score(
    _ pair: ReferenceLabels.Pair, _ mask: ReferenceMask, _ result: LabelMap
  ) throws(ReferenceError) -> ScoreEntry {
    let labels = Set(pair.labels.map { UInt16(clamping: $0) })
    let reference = UInt16(clamping: pair.reference)
    let predicted = LabelMap(geometry: result.geometry, voxels: result.voxels.map { labels.contains($0) ? 1 : 0 })
    let drawn = LabelMap(geometry: result.geometry, voxels: mask.labels.voxels.map { $0 == reference ? 1 : 0 })
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
