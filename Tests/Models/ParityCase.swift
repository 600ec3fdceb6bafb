import Foundation
import Imaging
import Models
import Preprocessing
import Tensors
import TestSupport
import Testing

/// One model with scans and what nnU-Net made of them (Golden/make_parity.py, which describes the files).
struct ParityCase: Sendable, CustomTestStringConvertible {
  let kind: String
  let name: String
  let model: URL
  let channels: [URL]

  var testDescription: String { "\(kind) \(name)" }

  /// A case whose model and scans are in the repository.
  static func committed(_ kind: String) throws -> ParityCase {
    let folder = try Golden.file(kind)
    let scans = try FileManager.default.contentsOfDirectory(
      at: folder.appending(path: "scans"), includingPropertiesForKeys: nil)
    return ParityCase(
      kind: kind, name: "case", model: folder.appending(path: "model"), channels: scans.sorted { $0.path < $1.path })
  }

  /// Ten images of `../shared` with the model there.
  static func hippocampus() -> [ParityCase] {
    let numbers = ["001", "046", "089", "141", "172", "215", "244", "292", "325", "355"]
    return numbers.map { number in
      let image = SharedFolder.file("data/hippocampus/imagesTr/hippocampus_\(number)_0000.nii.gz")
      return ParityCase(
        kind: "hippocampus", name: "hippocampus_\(number)", model: SharedFolder.file("models/hippocampus"),
        channels: [image])
    }
  }

  func volumes() throws -> [Volume] { try channels.map { try NIfTI.read($0) } }

  func expected() throws -> SafetensorsFile { try SafetensorsFile(Golden.file("\(kind)/expected.safetensors")) }

  /// The sets of folds that were run, each in its order.
  func foldSets() throws -> [FoldSelection] {
    let text = try expected().metadata["fold_sets"] ?? ""
    return try JSONDecoder().decode([[Int]].self, from: Data(text.utf8)).map { .these($0.map { String($0) }) }
  }

  /// nnU-Net's segmentation by fold set `index`, `[D, H, W]`; with float32 accumulation or as it is.
  func labels(_ index: Int, float32: Bool) throws -> [UInt16] {
    let packed = try NIfTI.readLabels(Golden.file("\(kind)/\(name).nii.gz")).voxels
    return packed.map { $0 >> UInt16(2 * (2 * index + (float32 ? 0 : 1))) & 3 }
  }

  /// Largest difference between `tensor` and the golden samples of `quantity`, in standard deviations of the whole golden tensor.
  func deviation(_ quantity: String, of tensor: Tensor) throws -> Double {
    let expected = try expected()
    let key = "\(name)/\(quantity)"
    guard let step = expected.metadata["\(key)/step"].flatMap({ Int($0) }),
      let std = expected.metadata["\(key)/std"].flatMap({ Double($0) }),
      expected.metadata["\(key)/shape"] == "[\(tensor.shape.map { String($0) }.joined(separator: ", "))]"
    else { return .infinity }
    let samples = try expected.elements(of: key)
    let differences = samples.enumerated().map { abs(Double(tensor.elements[$0.offset * step]) - Double($0.element)) }
    return (differences.max() ?? .infinity) / std
  }
}

/// Smallest Dice over the labels that occur in either; 1 for two equal maps.
func smallestDice(_ a: [UInt16], _ b: [UInt16]) -> Double {
  guard a.count == b.count else { return 0 }
  var counts: [UInt16: (both: Int, either: Int)] = [:]
  for (x, y) in zip(a, b) {
    counts[x, default: (0, 0)].either += 1
    counts[y, default: (0, 0)].either += 1
    if x == y { counts[x, default: (0, 0)].both += 1 }
  }
  return counts.filter { $0.key != 0 }.map { 2 * Double($0.value.both) / Double($0.value.either) }.min() ?? 1
}
