import Foundation
import Imaging
import Preprocessing
import TestSupport
import Training

/// A data set on disk that a small network learns in seconds: ten cases of a bright ball (1) beside a dark one (2) in noise.
struct BallData {
  let tree: TemporaryFolder
  let dataset: DatasetFolder
  let folder: TrainingFolder

  private static let side = 20
  private static let depth = 16
  private static let grid = Geometry(
    width: side, height: side, depth: depth, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
    kStep: SIMD3(0, 0, 1))
  /// Slices that are annotated where the others are to be ignored.
  private static let annotated = [3, 7, 10]

  /// `ignoring`: all but three slices are labelled 3, to be ignored.
  init(ignoring: Bool) throws {
    tree = try TemporaryFolder()
    for path in ["data/imagesTr", "data/labelsTr", "whole"] {
      try FileManager.default.createDirectory(at: tree.file(path), withIntermediateDirectories: true)
    }
    for index in 0..<10 { try Self.write(index, to: tree, ignoring: ignoring) }
    let ignore = ignoring ? #", "ignore": 3"# : ""
    let description =
      #"{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "bright": 1, "dark": 2\#(ignore)}, "numTraining": 10, "file_ending": ".nii.gz"}"#
    try Data(description.utf8).write(to: tree.file("data/dataset.json"))
    dataset = try DatasetFolder(tree.file("data"))
    folder = TrainingFolder(tree.file("results"))
  }

  private static func write(_ index: Int, to tree: TemporaryFolder, ignoring: Bool) throws {
    var random = RandomSource(seed: 11, path: [index])
    let centres = [[8.0, 6, 7], [8.0, 14, 13]].map { $0.map { $0 + random.uniform(-1, 1) } }
    var (voxels, labels): ([Float], [UInt16]) = ([], [])
    for z in 0..<depth {
      for y in 0..<side {
        for x in 0..<side {
          let place = [Double(z), Double(y), Double(x)]
          let hit = centres.firstIndex { centre in
            zip(centre, place).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } < 16
          }
          labels.append(hit.map { UInt16($0 + 1) } ?? 0)
          voxels.append(Float(100 + (hit == 0 ? 60 : hit == 1 ? -60 : 0) + 8 * random.normal()))
        }
      }
    }
    try NIfTI.write(
      Volume(geometry: grid, voxels: voxels), to: tree.file("data/imagesTr/c\(index)_0000.nii.gz"))
    try NIfTI.write(LabelMap(geometry: grid, voxels: labels), to: tree.file("whole/c\(index).nii.gz"))
    if ignoring { for place in hidden { labels[place] = 3 } }
    try NIfTI.write(LabelMap(geometry: grid, voxels: labels), to: tree.file("data/labelsTr/c\(index).nii.gz"))
  }

  private static var hidden: [Int] {
    (0..<grid.count).filter { !annotated.contains($0 / (side * side)) }
  }

  /// The labels of a case without anything to be ignored.
  func wholeLabels(_ name: String) throws -> LabelMap { try NIfTI.readLabels(tree.file("whole/\(name).nii.gz")) }

  /// The voxels of a case that are to be ignored.
  func hiddenVoxels(_ name: String) throws -> [Int] { Self.hidden }

  /// What `vigil plan` makes, with fewer features and a smaller batch.
  func plans(_ recipe: Augmentation.Recipe) throws -> Plans {
    try SmallPlans.written(folder.plan(dataset, recipe: recipe), to: folder.url)
  }
}

/// Plans with networks that train in seconds.
enum SmallPlans {
  /// `plans` with eight to sixteen features a stage and batches of two, as a person would edit `plans.json` in `folder`.
  static func written(_ plans: Plans, to folder: URL, editing edit: (String) -> String = { $0 }) throws -> Plans {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var text = String(decoding: plans.json.data, as: UTF8.self)
    for (features, fewer) in [
      ("320", "16"), ("256", "16"), ("240", "16"), ("128", "16"), ("120", "16"), ("64", "12"), ("60", "12"),
      ("32", "8"), ("30", "8"),
    ] {
      text = text.replacing("                        \(features)", with: "                        \(fewer)")
    }
    text = text.replacing(/"batch_size": [0-9]+/, with: "\"batch_size\": 2")
    try Data(edit(text).utf8).write(to: folder.appending(path: "plans.json"))
    return try TrainingFolder(folder).plans()
  }
}
