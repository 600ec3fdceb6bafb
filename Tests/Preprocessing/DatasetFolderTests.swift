import Foundation
import Imaging
import Preprocessing
import Testing

@Suite("Data sets on disk")
struct DatasetFolderTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-dataset-\(UUID().uuidString)")

  private static let grid = Geometry(
    width: 5, height: 4, depth: 3, origin: SIMD3(), iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 2))

  /// Writes `dataset.json`, and for each case two channels and its labels.
  private func write(json: String, cases: [String], label: UInt16 = 1, grid: Geometry = grid) throws {
    for part in ["imagesTr", "labelsTr"] {
      try FileManager.default.createDirectory(at: folder.appending(path: part), withIntermediateDirectories: true)
    }
    try Data(json.utf8).write(to: folder.appending(path: "dataset.json"))
    for name in cases {
      var voxels = (0..<Self.grid.count).map { Float($0) }
      for channel in 0..<2 {
        let volume = Volume(geometry: Self.grid, voxels: voxels)
        try NIfTI.write(volume, to: folder.appending(path: "imagesTr/\(name)_000\(channel).nii.gz"))
        voxels = voxels.map { $0 + 100 }
      }
      let labels = LabelMap(geometry: grid, voxels: (0..<grid.count).map { $0 % 2 == 0 ? 0 : label })
      try NIfTI.write(labels, to: folder.appending(path: "labelsTr/\(name).nii.gz"))
    }
  }

  private static let json = """
    {"channel_names": {"0": "T1", "1": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 2, "file_ending": ".nii.gz"}
    """

  @Test func casesAreFoundAndLoaded() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(json: Self.json, cases: ["b_2", "a_1"])
    let dataset = try DatasetFolder(folder)
    #expect(dataset.cases.map { $0.name } == ["a_1", "b_2"])
    let (channels, labels) = try dataset.load(dataset.cases[0])
    #expect(channels.map { $0.voxels[1] } == [1, 101])
    #expect(labels.voxels[1] == 1)
    let fingerprint = try dataset.fingerprint()
    #expect(fingerprint.spacings == [[2, 1, 1], [2, 1, 1]])
    #expect(fingerprint.intensities.count == 2)
    let plans = try V2Planner(dataset: dataset.description, fingerprint: fingerprint).plans(datasetName: "Dataset001_X")
    #expect(try plans.configuration("2d").normalizationSchemes == [.zScore, .ct])
  }

  @Test func aListOfCasesIsFollowedButNotOutOfTheFolder() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let entry = #""images": ["imagesTr/x_0000.nii.gz", "./imagesTr/x_0001.nii.gz"], "label": "labelsTr/x.nii.gz""#
    try write(json: Self.json.replacing("\"numTraining\": 2", with: "\"dataset\": {\"one\": {\(entry)}}"), cases: ["x"])
    let dataset = try DatasetFolder(folder)
    #expect(dataset.cases.map { $0.name } == ["one"])
    #expect(try dataset.load(dataset.cases[0]).channels.count == 2)
    for path in ["/etc/passwd", "../x.nii.gz", "labelsTr/../../x.nii.gz"] {
      let bad = entry.replacing("labelsTr/x.nii.gz", with: path)
      try write(json: Self.json.replacing("\"numTraining\": 2", with: "\"dataset\": {\"one\": {\(bad)}}"), cases: [])
      #expect { try DatasetFolder(folder) } throws: { "\($0)".contains("leads out of") }
    }
  }

  @Test func theDecathlonsLayoutIsRead() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = """
      {"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "a"}, "numTraining": 1,
       "training": [{"image": "./imagesTr/x_0000.nii.gz", "label": "./labelsTr/x.nii.gz"}]}
      """
    try write(json: text, cases: ["x"])
    let dataset = try DatasetFolder(folder)
    #expect(dataset.cases.map { $0.name } == ["x_0000"])
    #expect(try dataset.load(dataset.cases[0]).channels.count == 1)
  }

  @Test func labelsOnAnotherOriginAreTakenVoxelByVoxel() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let elsewhere = Geometry(
      width: 5, height: 4, depth: 3, origin: SIMD3(7, 8, 9), iStep: SIMD3(-1, 0, 0), jStep: SIMD3(0, -1, 0),
      kStep: SIMD3(0, 0, 2))
    try write(
      json: Self.json.replacing("\"numTraining\": 2", with: "\"numTraining\": 1"), cases: ["a"], grid: elsewhere)
    let dataset = try DatasetFolder(folder)
    let (channels, labels) = try dataset.load(dataset.cases[0])
    #expect(labels.geometry == channels[0].geometry && labels.voxels[1] == 1)
  }

  @Test func theReaderThatTurnsAxesIsHeeded() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let asked = #""numTraining": 1, "overwrite_image_reader_writer": "NibabelIOWithReorient""#
    try write(json: Self.json.replacing("\"numTraining\": 2", with: asked), cases: ["a"])
    let dataset = try DatasetFolder(folder)
    let turned = try dataset.load(dataset.cases[0], orientation: dataset.description.imageReader?.orientation)
    #expect(turned.channels[0].geometry.axisCodes.description == "RAS")
    #expect(turned.channels[0].voxels.first == Float(5 * 4 - 1), "both axes in the plane are turned round")
    #expect(turned.labels.voxels.first == 1 && turned.labels.geometry == turned.channels[0].geometry)
    let plans = try V2Planner(dataset: dataset.description, fingerprint: dataset.fingerprint())
      .plans(datasetName: "Dataset001_X")
    #expect(plans.imageReader == "NibabelIOWithReorient")
    try write(json: Self.json.replacing("\"numTraining\": 2", with: asked.replacing("Nibabel", with: "My")), cases: [])
    #expect { try DatasetFolder(folder) } throws: { "\($0)".contains("MyIOWithReorient is not known") }
  }

  @Test func whatIsWrongIsNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: DatasetFolderError.self) { try DatasetFolder(folder) }
    try write(json: Self.json, cases: ["a"])
    #expect { try DatasetFolder(folder) } throws: { "\($0)".contains("numTraining is 2, but there are 1") }
    let one = Self.json.replacing("\"numTraining\": 2", with: "\"numTraining\": 1")
    try write(json: one, cases: ["a"], label: 7)
    #expect { try DatasetFolder(folder).fingerprint() } throws: { "\($0)".contains("case a: label 7 occurs") }
    let longer = Geometry(
      width: 6, height: 4, depth: 3, origin: SIMD3(), iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 2))
    try write(json: one, cases: ["a"], grid: longer)
    #expect { try DatasetFolder(folder).fingerprint() } throws: { "\($0)".contains("case a: the image has") }
    let entry = #"{"image": "imagesTr/a_0000.nii.gz", "label": "labelsTr/a.nii.gz"}"#
    let twice = "\"training\": [\(entry), \(entry)]"
    try write(json: Self.json.replacing("\"numTraining\": 2", with: twice), cases: [])
    #expect { try DatasetFolder(folder) } throws: { "\($0)".contains("two cases are called a_0000") }
    try write(
      json: Self.json.replacing("\"numTraining\": 2", with: twice.replacing(".nii.gz", with: ".nrrd")), cases: [])
    #expect { try DatasetFolder(folder) } throws: { "\($0)".contains("only NIfTI") }
    try write(json: one, cases: ["a"])
    try FileManager.default.removeItem(at: folder.appending(path: "imagesTr/a_0001.nii.gz"))
    #expect { try DatasetFolder(folder) } throws: { "\($0)".contains("a_0001.nii.gz is missing") }
    try FileManager.default.removeItem(at: folder.appending(path: "labelsTr/a.nii.gz"))
    #expect(throws: DatasetFolderError.self) { try DatasetFolder(folder) }
  }
}
