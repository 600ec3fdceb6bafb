import Foundation
import Imaging
import Models
import Preprocessing
import Tensors
import TestSupport
import Testing
import Training

/// Both stages of a cascade, from a plan to a model, on five small cases whose coarse axis is their last one.
@Suite("A cascade")
struct CascadeTests {
  private let tree: TemporaryFolder
  private let dataset: DatasetFolder
  private let folder: TrainingFolder
  private static let shape = [24, 20, 8]
  /// Where v2's patch for this many GB covers less than an eighth of these scans, so that a cascade is planned.
  private static let memory = 0.0014
  private static let settings = TrainingSettings(recipe: .v2, epochs: 1, iterations: 3, validationIterations: 1)

  init() throws {
    tree = try TemporaryFolder()
    for path in ["data/imagesTr", "data/labelsTr"] {
      try FileManager.default.createDirectory(at: tree.file(path), withIntermediateDirectories: true)
    }
    for index in 0..<5 { try Self.write(index, to: tree.file("data")) }
    let description =
      #"{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "bright": 1, "dark": 2}, "numTraining": 5, "file_ending": ".nii.gz"}"#
    try Data(description.utf8).write(to: tree.file("data/dataset.json"))
    dataset = try DatasetFolder(tree.file("data"))
    folder = TrainingFolder(tree.file("results"))
  }

  /// A bright half (1) and a dark slab (2) in noise, 1 x 1 x 3 mm.
  private static func write(_ index: Int, to data: URL) throws {
    var random = RandomSource(seed: 17, path: [index])
    let border = 12 + random.integer(in: -2...2)
    var (voxels, labels): ([Float], [UInt16]) = ([], [])
    for k in 0..<shape[0] {
      for j in 0..<shape[1] {
        for _ in 0..<shape[2] {
          let label: UInt16 = k >= border ? 1 : (4..<9).contains(j) ? 2 : 0
          labels.append(label)
          voxels.append(Float(100 + [0, 50, -50][Int(label)]) + Float(8 * random.normal()))
        }
      }
    }
    let grid = Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: .zero, iStep: SIMD3(3, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 1))
    try NIfTI.write(Volume(geometry: grid, voxels: voxels), to: data.appending(path: "imagesTr/c\(index)_0000.nii.gz"))
    try NIfTI.write(LabelMap(geometry: grid, voxels: labels), to: data.appending(path: "labelsTr/c\(index).nii.gz"))
  }

  private func plans() throws -> Plans {
    let planner = try V2Planner(dataset: dataset.description, fingerprint: Self.fingerprint(), memory: Self.memory)
    return try SmallPlans.written(planner.plans(datasetName: "data"), to: folder.url)
  }

  /// The data set's, without the hundred million samples of its intensities.
  private static func fingerprint() throws -> DatasetFingerprint {
    try DatasetFingerprint(
      spacings: [[1, 1, 3]], shapesAfterCrop: [shape], medianRelativeSizeAfterCropping: 1,
      intensities: [IntensityProperties(mean: 100, std: 50, lowerPercentile: 20, upperPercentile: 180)])
  }

  private var folds: FiveFolds { get throws { try FiveFolds(cases: dataset.cases.map { $0.name }) } }

  /// What `vigil train` does; gives the model's folder.
  @discardableResult
  private func train(_ plans: Plans, _ configuration: String, fold: Int) throws -> URL {
    let (planned, folds) = (try plans.configuration(configuration), try folds)
    let model = try folder.model(
      dataset, plans: plans, configuration: configuration, trainer: Self.settings.trainerName)
    let previous = try PreviousStage(of: planned, beside: model, dataset: dataset.description, folds: folds)
    try previous?.check(dataset: "DATA")
    let split = folds.folds[fold]
    var set = try TrainingSet(dataset, names: split.training + split.validation, plans: plans, configuration: planned)
    if let previous { set = try set.joined(with: previous) }
    try Trainer(
      dataset: dataset.description, configuration: planned, fold: fold, settings: Self.settings,
      folder: model.appending(path: "fold_\(fold)"), threads: 1
    ).run(set, split: split)
    _ = try FoldValidation(
      dataset: dataset, model: model, configuration: configuration, fold: fold, keepsProbabilities: false,
      previousStage: previous
    ).run(cases: split.validation, threads: 1)
    return model
  }

  @Test("both stages train, fold by fold, and what is selected is a model that runs both")
  func wholeWay() throws {
    // As `vigil plan --memory` does it.
    let plans = try SmallPlans.written(folder.plan(dataset, recipe: .v2, memory: Self.memory), to: folder.url)
    #expect(plans.configurationNames == ["2d", "3d_lowres", "3d_fullres", "3d_cascade_fullres"])
    #expect(plans.transposeForward == [2, 0, 1])
    for fold in 0..<3 { try train(plans, "3d_lowres", fold: fold) }
    #expect {
      try train(plans, "3d_cascade_fullres", fold: 0)
    } throws: {
      let text = "\($0)"
      return text.contains("vigil train DATA --configuration 3d_lowres --fold 3\n")
        && text.contains("vigil train DATA --configuration 3d_lowres --fold 4") && !text.contains("--fold 2")
    }
    var low = tree.file("none")
    for fold in 3..<5 { low = try train(plans, "3d_lowres", fold: fold) }
    var second = tree.file("none")
    for fold in 0..<5 { second = try train(plans, "3d_cascade_fullres", fold: fold) }
    try expectTheFirstStageOnTheSecondsGrid(plans, second)
    try expectValidationLikeInference(low, second)
    // The predictions are replaced by the truth, so that the cascade wins whatever the few iterations have taught it.
    for (fold, split) in try folds.folds.enumerated() {
      for name in split.validation {
        try Data(contentsOf: tree.file("data/labelsTr/\(name).nii.gz"))
          .write(to: second.appending(path: "fold_\(fold)/validation/\(name).nii.gz"))
      }
    }
    let outcome = try ModelSelection(dataset: dataset, results: folder.url).run()
    #expect(outcome.winner.title == "3d_cascade_fullres" && outcome.candidates.map { $0.title }.contains("3d_lowres"))
    let model = try outcome.writeModel(from: folder.url, to: tree.file("model"), dataset: dataset)
    #expect(model.members.map { $0.stages.map { $0.configuration.name } } == [["3d_lowres", "3d_cascade_fullres"]])
    #expect(model.models.allSatisfy { $0.folds.count == 5 })
    try expectBothStagesRun(model, low, second)
  }

  /// Each case as the fold that held it back sees it, on the grid on which the second stage sees the case.
  private func expectTheFirstStageOnTheSecondsGrid(_ plans: Plans, _ second: URL) throws {
    let planned = try plans.configuration("3d_cascade_fullres")
    let previous = try #require(
      try PreviousStage(of: planned, beside: second, dataset: dataset.description, folds: folds))
    #expect(previous.missingFolds == [])
    let names = dataset.cases.map { $0.name }
    let set = try TrainingSet(dataset, names: names, plans: plans, configuration: planned).joined(with: previous)
    for item in dataset.cases {
      let prepared = try #require(set.cases[item.name])
      let stage = try #require(prepared.previousStage)
      #expect(stage.shape == [8, 24, 20] && prepared.image.shape == [1, 8, 24, 20])
      let fold = try #require(try folds.folds.firstIndex { $0.validation.contains(item.name) })
      let segmenter = try Segmenter(
        TrainedModel.load(folder: previous.model, configuration: "3d_lowres", folds: .these(["\(fold)"])))
      let found = try segmenter.segment(dataset.load(item).channels).segmentation.labels
      // The same logits, decided on the scan's own grid and turned; both are linear, but one goes through the scan's axes.
      let turned = (0..<stage.count).map { place -> UInt16 in
        let (i, k, j) = (place / (24 * 20), place / 20 % 24, place % 20)
        return found.voxels[(k * 20 + j) * 8 + i]
      }
      #expect(zip(turned, stage.values).count { $0 == UInt16($1) } * 100 >= stage.count * 99)
      #expect(Set(stage.values).count > 1)
    }
  }

  /// The second stage of a fold is validated with what the first stage of that fold says.
  private func expectValidationLikeInference(_ low: URL, _ second: URL) throws {
    let name = try folds.folds[2].validation[0]
    let item = try #require(dataset.cases.first { $0.name == name })
    let segmenter = try Segmenter(
      TrainedModel.load(folder: second, configuration: "3d_cascade_fullres", folds: .these(["2"])))
    let previous = try NIfTI.readLabels(low.appending(path: "fold_2/validation/\(name).nii.gz"))
    let found = try segmenter.segment(dataset.load(item).channels, previousStage: previous).segmentation.labels
    #expect(try found == NIfTI.readLabels(second.appending(path: "fold_2/validation/\(name).nii.gz")))
    // And not with another.
    let none = LabelMap(geometry: previous.geometry, voxels: previous.voxels.map { 2 - min($0, 2) })
    #expect(try segmenter.segment(dataset.load(item).channels, previousStage: none).segmentation.labels != found)
  }

  private func expectBothStagesRun(_ model: ModelEnsemble, _ low: URL, _ second: URL) throws {
    let channels = try dataset.load(dataset.cases[0]).channels
    let previous = try Segmenter(TrainedModel.load(folder: low, configuration: "3d_lowres")).segment(channels)
    let found = try Segmenter(TrainedModel.load(folder: second, configuration: "3d_cascade_fullres"))
      .segment(channels, previousStage: previous.segmentation.labels)
    let whole = try Segmenter(ModelEnsemble.load(folder: model.folder)).segment(channels)
    let cleaned = model.postprocessing?.applied(to: found.segmentation, dataset: model.dataset).segmentation
    #expect(whole.segmentation == cleaned ?? found.segmentation)
    #expect(whole.runs.map { $0.configuration } == ["3d_lowres", "3d_cascade_fullres"])
  }

  @Test("stages that were split differently, or planned differently, are told apart")
  func mismatches() throws {
    let plans = try plans()
    let planned = try plans.configuration("3d_cascade_fullres")
    let names = dataset.cases.map { $0.name }
    let second = folder.url.appending(path: "VigilTrainer__nnUNetPlans__3d_cascade_fullres")
    // What five folds of a first stage leave; the grid for the second stage is another plan's.
    let grid = Geometry(
      width: 4, height: 4, depth: 4, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 1))
    let none = LabelMap(geometry: grid, voxels: [UInt16](repeating: 0, count: grid.count))
    for (fold, split) in try folds.folds.enumerated() {
      let made = folder.url.appending(path: "VigilTrainer__nnUNetPlans__3d_lowres/fold_\(fold)/validation")
      let next = made.appending(path: "predicted_next_stage/3d_cascade_fullres")
      try FileManager.default.createDirectory(at: next, withIntermediateDirectories: true)
      for name in split.validation {
        for place in [made, next] { try NIfTI.write(none, to: place.appending(path: "\(name).nii.gz")) }
      }
    }
    let groups = Dictionary(uniqueKeysWithValues: zip(names, ["e", "d", "c", "b", "a"]))
    let other = try #require(
      try PreviousStage(
        of: planned, beside: second, dataset: dataset.description, folds: FiveFolds(cases: names, groups: groups)))
    #expect { try other.check(dataset: "DATA") } throws: {
      "\($0)".contains("train both stages with the same --groups")
    }
    let previous = try #require(
      try PreviousStage(of: planned, beside: second, dataset: dataset.description, folds: folds))
    let bare = try TrainingSet(dataset, names: names, plans: plans, configuration: planned)
    #expect { try bare.joined(with: previous) } throws: { "\($0)".contains("was the plan changed?") }
    #expect {
      try Trainer(
        dataset: dataset.description, configuration: planned, fold: 0, settings: Self.settings, folder: tree.file("b")
      ).run(bare, split: folds.folds[0])
    } throws: { "\($0)".contains("without what 3d_lowres says of it") }
  }

  @Test("the second stage learns what only the first one tells it", arguments: Augmentation.Recipe.allCases)
  func learnsFromTheFirst(recipe: Augmentation.Recipe) throws {
    let planned: PlanConfiguration
    switch recipe {
    case .v2: planned = try plans().configuration("3d_cascade_fullres")
    case .paper:
      // The paper's planner needs eight million voxels for a cascade, so one is written into a plan of less.
      let paper = try PaperPlanner(dataset: dataset.description, fingerprint: Self.fingerprint())
      let plans = try SmallPlans.written(paper.plans(datasetName: "data"), to: folder.url) { text in
        text.replacing(
          "\"3d_fullres\": {",
          with:
            #""3d_cascade_fullres": {"inherits_from": "3d_fullres", "previous_stage": "3d_lowres"}, "3d_lowres": {"inherits_from": "3d_fullres", "spacing": [3.0, 2.0, 2.0], "batch_dice": false}, "3d_fullres": {"#
        ).replacing(/"patch_size": \[\s*8,\s*24,\s*24\s*\]/, with: "\"patch_size\": [8, 16, 16]")
      }
      planned = try plans.configuration("3d_cascade_fullres")
      #expect(try plans.configuration("3d_lowres").spacing == [3, 2, 2])
    }
    // Images of noise; the labels are known to the first stage alone.
    let shape = [8, 24, 20]
    let cases = (0..<5).map { index in
      var random = RandomSource(seed: 23, path: [index])
      let border = 8 + random.integer(in: 0...8)
      let labels = LabelPatch(
        shape: shape,
        values: (0..<shape.reduce(1, *)).map { place in
          place / 20 % 24 >= border ? 1 : (5..<10).contains(place % 20) ? 2 : 0
        })
      var item = TrainingCase(
        name: "c\(index)",
        image: Tensor(shape: [1] + shape, elements: labels.values.map { _ in Float(random.normal()) }), labels: labels,
        targets: [[1], [2]])
      item.previousStage = labels
      return item
    }
    let settings = TrainingSettings(
      recipe: recipe, epochs: 1, iterations: 50, validationIterations: 3)
    var dice: Double?
    try Trainer(
      dataset: dataset.description, configuration: planned, fold: 0, settings: settings, folder: tree.file("second"),
      threads: 1
    ).run(TrainingSet(cases), split: folds.folds[0]) { record in
      dice = record.meanDice
      return true
    }
    // Who says 1 everywhere gets a third: two thirds for label 1, nothing for label 2.
    #expect((dice ?? 0) > 0.5, "\(dice ?? .nan)")
  }
}
