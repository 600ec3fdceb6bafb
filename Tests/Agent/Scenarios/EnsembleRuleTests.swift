import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Rules that run more than one model")
struct EnsembleRuleTests {
  private func golden(_ path: String) throws -> URL {
    SharedFolder.repository.appending(path: "Tests/Models/Golden").appending(path: path)
  }

  /// A results folder of nnU-Net with two trained models, both selected.
  private func writeResults(to folder: URL) throws {
    let names = ["nnUNetTrainer__nnUNetPlans__3d_fullres", "nnUNetTrainer__OtherPlans__3d_fullres"]
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, kind) in zip(names, ["odd", "transposed"]) {
      try FileManager.default.copyItem(at: golden("\(kind)/model"), to: folder.appending(path: name))
    }
    let models = names.map { name -> String in
      let parts = name.components(separatedBy: "__")
      return #"{"trainer": "\#(parts[0])", "plans_identifier": "\#(parts[1])", "configuration": "\#(parts[2])"}"#
    }
    let text =
      #"{"folds": [0], "best_model_or_ensemble": {"selected_model_or_models": [\#(models.joined(separator: ", "))]}}"#
    try Data(text.utf8).write(to: folder.appending(path: "inference_information.json"))
  }

  @Test(
    "a cascade and an ensemble of configurations give what vigil predict gives", arguments: ["cascade", "ensemble"])
  func sameAsPredict(kind: String) async throws {
    let place = try Workplace()
    let model: URL
    if kind == "cascade" {
      model = try golden("cascade/model").appending(path: "nnUNetTrainer__nnUNetPlans__3d_cascade_fullres")
    } else {
      model = place.folder.file("results")
      try writeResults(to: model)
    }
    try place.folder.write(
      Data("model: \(model.path)\nmatch: {SeriesDescription: /both/}\nmirroring: false\n".utf8),
      to: "rules/both/rule.yaml")
    let checked = try await place.vigil("rules", "check", place.rules.path)
    #expect(
      checked.status == 0
        && checked.output.contains(kind == "cascade" ? "3d_lowres + 3d_cascade_fullres" : "3d_fullres + 3d_fullres"))
    for seed in [UInt64(5), 6] {
      try SyntheticSeries(description: "both", seed: seed, slices: 24, side: 28)
        .write(to: place.inbox.appending(path: "\(seed)"))
    }
    #expect(try await place.finish().status == 0)
    let runs = try place.runs()
    #expect(runs.map { $0["outcome"] } == ["segmented", "segmented"], "\(runs)")
    for run in runs {
      let folder = place.output.appending(path: try #require(run["output_folder"]))
      let alone = place.folder.file("alone.nii.gz")
      let predicted = try await place.vigil(
        "predict", "--model", model.path, "--input", folder.appending(path: "image.nii.gz").path, "--output",
        alone.path,
        "--no-mirroring", "--jobs", "1")
      #expect(predicted.status == 0, "\(predicted.log)")
      let ours = try NIfTI.readLabels(folder.appending(path: "segmentation.nii.gz"))
      #expect(try ours.voxels == NIfTI.readLabels(alone).voxels)
      #expect(Set(ours.voxels).count > 1, "there is something to compare")
    }
    let models = try place.ask("SELECT DISTINCT path FROM files WHERE role = 'model'")
    #expect(models.count == (kind == "cascade" ? 6 : 7), "every file of both models is on record: \(models)")
    try await place.expectWhole()
  }
}
