import Foundation
import Imaging
import Models
import Networks
import Preprocessing
import Tensors
import TestSupport
import Testing

@Suite("Cascades and ensembles")
struct ModelEnsembleTests {
  private static let members = ["nnUNetTrainer__nnUNetPlans__3d_fullres", "nnUNetTrainer__OtherPlans__3d_fullres"]
  private static let postprocessing = """
    {"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation", "remove_all_but_largest_component_from_segmentation"],
     "postprocessing_kwargs": [{"labels_or_regions": [1, 2, 3]}, {"labels_or_regions": 2}]}
    """

  /// A results folder as nnU-Net leaves it: two trained models, what was selected, and the postprocessing of the ensemble.
  private static func results(folds: String = "[0]", postprocessing: Bool = false) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, kind) in zip(members, ["odd", "transposed"]) {
      try FileManager.default.copyItem(at: try Golden.file("\(kind)/model"), to: folder.file(name))
    }
    let selected = members.map { name -> String in
      let parts = name.components(separatedBy: "__")
      return #"{"trainer": "\#(parts[0])", "plans_identifier": "\#(parts[1])", "configuration": "\#(parts[2])"}"#
    }
    let information = """
      {"folds": \(folds), "best_model_or_ensemble": {"postprocessing_file": "/another/machine/postprocessing.pkl",
       "selected_model_or_models": [\(selected.joined(separator: ", "))]}}
      """
    try folder.write(information.utf8, to: "inference_information.json")
    if postprocessing {
      let place = "ensembles/ensemble___\(members.joined(separator: "___"))___0/postprocessing.json"
      try folder.write(Self.postprocessing.utf8, to: place)
    }
    return folder
  }

  private func expected(_ kind: String, _ variant: UInt16) throws -> [UInt16] {
    try NIfTI.readLabels(Golden.file("\(kind)/case.nii.gz")).voxels.map { $0 >> (2 * variant) & 3 }
  }

  @Test(
    "an ensemble of two configurations gives nnU-Net's labels, with and without its postprocessing",
    arguments: [false, true])
  func ensemble(postprocessing: Bool) throws {
    let folder = try Self.results(postprocessing: postprocessing)
    let ensemble = try ModelEnsemble.load(folder: folder.url)
    #expect(ensemble.members.map { $0.stages.count } == [1, 1] && (ensemble.postprocessing != nil) == postprocessing)
    let scan = try Segmenter(ensemble).segment(try ParityCase.committed("odd").volumes(), wantsProbabilities: true)
    let float32 = try expected("ensemble", postprocessing ? 2 : 0)
    let asItIs = try expected("ensemble", postprocessing ? 3 : 1)
    #expect(smallestDice(scan.segmentation.labels.voxels, float32) >= ParityTolerance.dice)
    #expect(
      smallestDice(scan.segmentation.labels.voxels, asItIs) >= smallestDice(float32, asItIs)
        - ParityTolerance.diceMargin)
    #expect(scan.removals.count == (postprocessing ? 2 : 0) && scan.removals.allSatisfy { $0.voxels > 0 })
    #expect(scan.runs.map { $0.configuration } == ["3d_fullres", "3d_fullres"])
    #expect(ensemble.digest.files.contains { $0.path.hasSuffix("postprocessing.json") } == postprocessing)
    #expect(
      try smallestDice(expected("ensemble", 0), expected("ensemble", 2)) < 0.99, "postprocessing matters in this case")
  }

  @Test("a cascade gives nnU-Net's labels, both stages run from the second one's folder")
  func cascade() throws {
    let folder = try Golden.file("cascade/model").appending(path: "nnUNetTrainer__nnUNetPlans__3d_cascade_fullres")
    let ensemble = try ModelEnsemble.load(folder: folder)
    #expect(ensemble.members[0].stages.map { $0.configuration.name } == ["3d_lowres", "3d_cascade_fullres"])
    // What the second stage reads is computed with the least rounding: no F(4, ...) in the first.
    let usesFour = ensemble.members[0].stages.map { stage in
      stage.networks.flatMap { $0.layerCosts(extent: [32, 64, 64]) }.contains { $0.algorithm.contains("4") }
    }
    #expect(usesFour == [false, true])
    var seen: Set<Int> = []
    let scan = try Segmenter(ensemble).segment(
      try ParityCase.committed("cascade").volumes(), progress: { seen.insert($0.run) })
    let (float32, asItIs) = (try expected("cascade", 0), try expected("cascade", 1))
    let labels = scan.segmentation.labels.voxels
    #expect(smallestDice(labels, float32) >= ParityTolerance.dice)
    #expect(smallestDice(labels, asItIs) >= smallestDice(float32, asItIs) - ParityTolerance.diceMargin)
    #expect(seen == [1, 2] && scan.runs.count == 2)
    #expect(Set(ensemble.digest.files.map { $0.path }).count == 6)
  }

  @Test("a cascade whose first stage is nowhere is refused, and the second stage alone takes a segmentation")
  func missingStage() throws {
    let folder = try TemporaryFolder()
    let second = folder.file("second")
    let stages = try Golden.file("cascade/model")
    try FileManager.default.copyItem(
      at: stages.appending(path: "nnUNetTrainer__nnUNetPlans__3d_cascade_fullres"), to: second)
    #expect { try ModelEnsemble.load(folder: second) } throws: {
      "\($0)".contains("takes the segmentation made by 3d_lowres, whose model is neither in previous_stage/ nor beside")
    }
    let alone = try ModelEnsemble.load(folder: second, needsPreviousStage: false)
    let volumes = try ParityCase.committed("cascade").volumes()
    #expect { try Segmenter(alone).segment(volumes) } throws: { ($0 as? ModelError)?.kind == .request }
    try FileManager.default.copyItem(
      at: stages.appending(path: "nnUNetTrainer__nnUNetPlans__3d_lowres"), to: second.appending(path: "previous_stage"))
    #expect(try ModelEnsemble.load(folder: second).members[0].stages.count == 2)
  }

  @Test("a results folder without a selection wants a configuration that names one model")
  func choosing() throws {
    let folder = try Self.results()
    #expect { try ModelEnsemble.load(folder: folder.url, configuration: "3d_fullres") } throws: {
      "\($0)".contains("holds 2 models for 3d_fullres")
    }
    #expect { try ModelEnsemble.load(folder: folder.url, configuration: "2d") } throws: {
      "\($0)".contains("holds 0 models for 2d")
    }
    try FileManager.default.removeItem(at: folder.file(Self.members[1]))
    #expect(try ModelEnsemble.load(folder: folder.url, configuration: "3d_fullres").members.count == 1)
    #expect { try ModelEnsemble.load(folder: folder.url) } throws: {
      "\($0)".contains("selects \(Self.members[1]), which is not there")
    }
  }

  @Test("a selection with folds that are paths, without members, or that is no JSON is malformed")
  func hostileSelection() throws {
    for folds in [#"["../../x"]"#, "[]", "[-1]", "{"] {
      let folder = try Self.results(folds: folds)
      #expect { try ModelEnsemble.load(folder: folder.url) } throws: { ($0 as? ModelError)?.kind == .malformed }
    }
  }

  @Test("members with other labels do not belong together")
  func otherLabels() throws {
    let folder = try Self.results()
    let file = folder.file("\(Self.members[1])/dataset.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacingOccurrences(of: "third", with: "fourth").write(to: file, atomically: true, encoding: .utf8)
    #expect { try ModelEnsemble.load(folder: folder.url) } throws: { ($0 as? ModelError)?.kind == .weights }
  }
}

extension ModelEnsembleTests {
  @Test("an imported ensemble keeps its members, its postprocessing and its labels, and verifies")
  func importedEnsemble() throws {
    let folder = try Self.results(postprocessing: true)
    let destination = folder.file("imported")
    let imported = try ModelImport.run(from: folder.url, to: destination)
    #expect(imported.members.count == 2 && imported.postprocessing?.steps.map { $0.labels } == [[1, 2, 3], [2]])
    let verification = try ModelVerification(of: destination)
    #expect(verification.isIntact && verification.sha256 == imported.digest.sha256)
    let text = try String(contentsOf: destination.appending(path: "inference_information.json"), encoding: .utf8)
    #expect(!text.contains("/another/machine"))
    let volumes = try ParityCase.committed("odd").volumes()
    let original = try ModelEnsemble.load(folder: folder.url)
    #expect(try Segmenter(imported).segment(volumes).segmentation == Segmenter(original).segment(volumes).segmentation)
    #expect(ModelSummary(imported).description.contains("keep largest"))
  }

  @Test("an imported cascade carries its first stage with it")
  func importedCascade() throws {
    let folder = try TemporaryFolder()
    let source = try Golden.file("cascade/model").appending(path: "nnUNetTrainer__nnUNetPlans__3d_cascade_fullres")
    let imported = try ModelImport.run(from: source, to: folder.file("imported"))
    #expect(imported.members[0].stages.map { $0.folder.lastPathComponent } == ["previous_stage", "imported"])
    #expect(try ModelVerification(of: folder.file("imported")).isIntact)
    #expect(imported.digest.files.map { $0.path }.filter { $0.hasPrefix("previous_stage/") }.count == 3)
  }
}
