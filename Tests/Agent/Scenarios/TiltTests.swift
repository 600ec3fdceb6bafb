import DICOM
import Foundation
import Imaging
import Models
import Preprocessing
import TestSupport
import Testing

@Suite("Tilted gantry")
struct TiltTests {
  /// Millimetres that each slice is shifted along rows against the one below it: 16.7 degrees.
  static let shift = 0.3

  /// Two label maps are the same but for voxels on edges: the second way goes through NIfTI's 32-bit affine.
  static let agreement = 0.999

  @Test("the network sees the upright volume; the segmentation lies on the tilted slices")
  func tilted() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg]")
    let files = try SyntheticSeries(description: "tiny", seed: 3).write(to: place.inbox.appending(path: "case"))
    for file in files { try SyntheticSeries.shiftRows(of: file, by: Self.shift) }
    #expect(try await place.finish().status == 0)
    let run = try #require(try place.runs().first)
    #expect(run["outcome"] == "segmented", "\(run)")
    let lean = try place.ask(
      "SELECT json_extract(facts, '$.lean_degrees') AS lean FROM stages WHERE stage = 'preprocessed'")
    #expect(abs((Double(lean.first?["lean"] ?? "") ?? 0) - 16.7) < 0.1, "\(lean)")

    let folder = place.output.appending(path: try #require(run["output_folder"]))
    let image = try NIfTI.read(folder.appending(path: "image.nii.gz"))
    let ours = try NIfTI.readLabels(folder.appending(path: "segmentation.nii.gz"))
    #expect(abs(image.geometry.kStep.y - Self.shift) < 1e-6 && ours.geometry.isSameGrid(as: image.geometry))
    let object = try SegmentationObject(folder.appending(path: "segmentation.dcm"))
    #expect(try object.labels(on: image.geometry).labels.voxels == ours.voxels, "the SEG lies on the tilted slices too")
    let segmenter = try Segmenter(
      ModelEnsemble.load(folder: place.model), options: .init(mirroring: false, threads: 1))
    let upright = try segmenter.segment([image.upright()]).segmentation.labels
    let expected = upright.resampledNearest(onto: image.geometry)
    let same = zip(ours.voxels, expected.voxels).count { $0.0 == $0.1 }
    #expect(Double(same) / Double(ours.voxels.count) > Self.agreement)
    let leaning = try segmenter.segment([image]).segmentation.labels
    let different = zip(ours.voxels, leaning.voxels).count { $0.0 != $0.1 }
    #expect(Double(different) / Double(ours.voxels.count) > 1 - Self.agreement, "it would matter")
  }
}

extension SyntheticSeries {
  /// Moves a slice by `shift` mm along y for each mm of z: what a tilted gantry does to ImagePositionPatient (0020,0032).
  static func shiftRows(of file: URL, by shift: Double) throws {
    try change(file) { bytes in
      let tag = try #require(bytes.range(of: Data([0x20, 0x00, 0x32, 0x00]) + Data("DS".utf8)))
      let length = Int(bytes[tag.upperBound]) + 256 * Int(bytes[tag.upperBound + 1])
      let value = tag.upperBound + 2..<tag.upperBound + 2 + length
      let parts = String(decoding: bytes[value], as: UTF8.self).split(separator: "\\").map {
        Double($0.trimmingCharacters(in: .whitespaces)) ?? 0
      }
      var text = "\(parts[0])\\\(((parts[1] + shift * parts[2]) * 1000).rounded() / 1000)\\\(parts[2])"
      if text.utf8.count % 2 == 1 { text += " " }
      let head = Data([UInt8(text.utf8.count), 0])
      bytes.replaceSubrange(tag.upperBound..<value.upperBound, with: head + Data(text.utf8))
    }
  }
}
