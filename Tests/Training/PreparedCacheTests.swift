import Foundation
import Imaging
import Preprocessing
import Tensors
import TestSupport
import Testing
import Training

/// Prepared cases on disk.
@Suite("The cache of prepared cases")
struct PreparedCacheTests {
  private let tree: TemporaryFolder
  private static let text =
    #"{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "a": 1, "ignore": 2}, "numTraining": 2, "file_ending": ".nii.gz"}"#

  /// Two cases with a margin of zeros, so that cropping, and labels of -1, come in.
  init() throws {
    tree = try TemporaryFolder()
    for path in ["data/imagesTr", "data/labelsTr"] {
      try FileManager.default.createDirectory(at: tree.file(path), withIntermediateDirectories: true)
    }
    for index in 0..<2 { try write(index, seed: UInt64(index)) }
    try Data(Self.text.utf8).write(to: tree.file("data/dataset.json"))
  }

  private func write(_ index: Int, seed: UInt64) throws {
    var random = RandomSource(seed: seed, stream: 0)
    let shape = [9, 11, 13]
    var (voxels, labels): ([Float], [UInt16]) = ([], [])
    for z in 0..<shape[0] {
      for y in 0..<shape[1] {
        for x in 0..<shape[2] {
          let isInside = z > 1 && x + y > 3
          voxels.append(isInside ? Float(100 + 20 * random.normal()) : 0)
          labels.append(isInside ? UInt16(random.integer(in: 0...2)) : 0)
        }
      }
    }
    let grid = Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: .zero, iStep: SIMD3(1, 0, 0),
      jStep: SIMD3(0, 1.5, 0), kStep: SIMD3(0, 0, 2))
    try NIfTI.write(
      Volume(geometry: grid, voxels: voxels), to: tree.file("data/imagesTr/c\(index)_0000.nii.gz"))
    try NIfTI.write(LabelMap(geometry: grid, voxels: labels), to: tree.file("data/labelsTr/c\(index).nii.gz"))
  }

  private func plans(_ dataset: DatasetFolder) throws -> Plans {
    try TrainingFolder(tree.file("results")).plan(dataset, recipe: .v2)
  }

  private func set(_ plans: Plans, cached: Bool = true, configuration: String = "3d_fullres") throws -> TrainingSet {
    let dataset = try DatasetFolder(tree.file("data"))
    let planned = try plans.configuration(configuration)
    let cache =
      cached
      ? try PreparedCache(
        results: tree.file("results"), dataset: dataset.description, plans: plans, configuration: planned) : nil
    return try TrainingSet(dataset, names: ["c0", "c1"], plans: plans, configuration: planned, cache: cache)
  }

  private static let file = "results/preprocessed/nnUNetPlans_3d_fullres/c0.prepared"

  /// Inode of a file: another one where it was written again.
  private func inode(_ path: String = file) throws -> Int {
    try #require(
      FileManager.default.attributesOfItem(atPath: tree.file(path).path)[.systemFileNumber] as? Int)
  }

  @Test("training sees the same numbers from disk as from memory")
  func same() throws {
    let plans = try plans(DatasetFolder(tree.file("data")))
    for configuration in ["3d_fullres", "2d"] {
      let memory = try set(plans, cached: false, configuration: configuration)
      // The second time they are read, not made.
      for _ in 0..<2 {
        let disk = try set(plans, configuration: configuration)
        for name in ["c0", "c1"] {
          let (a, b) = (try #require(memory.cases[name]), try #require(disk.cases[name]))
          #expect(a.image == b.image && a.labels == b.labels && a.shape == b.shape && a.channels == b.channels)
          #expect(a.foreground == b.foreground && a.annotated == b.annotated)
          #expect(!a.foreground.isEmpty && a.annotated?.isEmpty == false && a.labels.values.contains(-1))
        }
        let samplers = [memory, disk].map { set in
          PatchSampler(
            cases: ["c0", "c1"].compactMap { set.cases[$0] }, sampleSize: [8, 20, 5], patchSize: [6, 16, 4])
        }
        for draw in 0..<40 {
          var (first, second) = (RandomSource(seed: 3, path: [draw]), RandomSource(seed: 3, path: [draw]))
          let a = samplers[0].draw(forced: draw % 2 == 0, random: &first)
          let b = samplers[1].draw(forced: draw % 2 == 0, random: &second)
          #expect(a.name == b.name && a.patch == b.patch)
        }
      }
    }
  }

  @Test("a case is made again when its files or its part of the plan change, and only then")
  func changes() throws {
    let dataset = try DatasetFolder(tree.file("data"))
    let plans = try plans(dataset)
    _ = try set(plans)
    let (first, other) = (try inode(), try inode(Self.file.replacing("c0", with: "c1")))
    let cheaper = try PlanBudget(features: 4, batchSize: 3).applied(to: plans)
    _ = try set(cheaper)
    #expect(try inode() == first, "features and batch do not matter to preparation")
    try write(0, seed: 9)
    let changed = try set(plans)
    #expect(try inode() != first && inode(Self.file.replacing("c0", with: "c1")) == other)
    #expect(try changed.cases["c0"]?.image == set(plans, cached: false).cases["c0"]?.image)
    let second = try inode()
    let text = String(decoding: plans.json.data, as: UTF8.self).replacing(
      "ZScoreNormalization", with: "NoNormalization")
    let raw = try Plans(JSONValue(parsing: Data(text.utf8)))
    let unscaled = try set(raw)
    #expect(try inode() != second && unscaled.cases["c0"]?.image == set(raw, cached: false).cases["c0"]?.image)
  }

  @Test("what is cut short, damaged or left half-written is made again")
  func damage() throws {
    let plans = try plans(DatasetFolder(tree.file("data")))
    let whole = try #require(try set(plans).cases["c0"]).image
    let bytes = try Data(contentsOf: tree.file(Self.file))
    var longer = bytes
    longer.append(0)
    var wrong = bytes
    wrong[0] ^= 1
    var endless = bytes
    for index in 8..<16 { endless[index] = 0xFF }
    var beyond = bytes
    beyond[bytes.count - 1] = 0x7F  // a place that the case does not have
    let parts = [0, 7, 16, 100, bytes.count / 2, bytes.count - 1].map { bytes.prefix($0) }
    for damaged in parts + [longer, wrong, endless, beyond] {
      try damaged.write(to: tree.file(Self.file), options: .atomic)
      #expect(try set(plans).cases["c0"]?.image == whole)
      #expect(try Data(contentsOf: tree.file(Self.file)) == bytes)
    }
    let abandoned = tree.file("results/preprocessed/nnUNetPlans_3d_fullres/.c0.prepared.partial-x")
    try Data([1, 2]).write(to: abandoned)
    _ = try set(plans)
    #expect(
      try tree.contents("results/preprocessed/nnUNetPlans_3d_fullres") == ["c0.prepared", "c1.prepared"])
  }

  @Test("no folder is made from what a plan says", arguments: ["../x", "a/b", ".hidden", ""])
  func hostile(identifier: String) throws {
    let dataset = try DatasetFolder(tree.file("data"))
    let text = String(decoding: try plans(dataset).json.data, as: UTF8.self)
      .replacing("nnUNetPlans_3d_fullres", with: identifier)
    let plans = try Plans(JSONValue(parsing: Data(text.utf8)))
    #expect { try set(plans) } throws: { "\($0)".contains("data_identifier") }
  }
}
