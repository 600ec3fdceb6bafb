import Foundation
import Imaging
import Models
import Preprocessing
import Synchronization
import Tensors
import TestSupport
import Testing
import Training

/// A data set that a small network learns in seconds, from its images to a model that is selected.
@Suite("A training run")
struct TrainerTests {
  private let tree: TemporaryFolder
  private let dataset: DatasetFolder
  private let folder: TrainingFolder

  /// Ten cases of a bright ball (1) beside a dark one (2) in noise.
  init() throws {
    tree = try TemporaryFolder()
    for path in ["data/imagesTr", "data/labelsTr"] {
      try FileManager.default.createDirectory(at: tree.file(path), withIntermediateDirectories: true)
    }
    for index in 0..<10 { try Self.write(index, to: tree.file("data")) }
    let description =
      #"{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "bright": 1, "dark": 2}, "numTraining": 10, "file_ending": ".nii.gz"}"#
    try Data(description.utf8).write(to: tree.file("data/dataset.json"))
    dataset = try DatasetFolder(tree.file("data"))
    folder = TrainingFolder(tree.file("results"))
  }

  private static func write(_ index: Int, to data: URL) throws {
    let (side, depth) = (20, 16)
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
    let grid = Geometry(
      width: side, height: side, depth: depth, origin: .zero, iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 1))
    try NIfTI.write(Volume(geometry: grid, voxels: voxels), to: data.appending(path: "imagesTr/c\(index)_0000.nii.gz"))
    try NIfTI.write(LabelMap(geometry: grid, voxels: labels), to: data.appending(path: "labelsTr/c\(index).nii.gz"))
  }

  /// What `vigil plan` makes, with fewer features and a smaller batch.
  private func plans(_ recipe: Augmentation.Recipe) throws -> Plans {
    _ = try folder.plan(dataset, recipe: recipe, budget: PlanBudget(features: 8, batchSize: 2))
    return try folder.plans()
  }

  /// Trains fold 0 in a folder of its own; `stops`: after so many epochs, as a kill would.
  private func train(
    _ name: String, _ plans: Plans, _ settings: TrainingSettings, threads: Int = 2, resumes: Bool = false,
    stops: Int? = nil, pretrained: String? = nil, half: Bool = false,
    configuration: String = "3d_fullres", groups: [String: String]? = nil, isCancelled: () -> Bool = { false }
  ) throws -> [EpochRecord] {
    let planned = try plans.configuration(configuration)
    let split = try FiveFolds(cases: dataset.cases.map { $0.name }, groups: groups).folds[0]
    let set = try TrainingSet(dataset, names: split.training + split.validation, plans: plans, configuration: planned)
    let trainer = try Trainer(
      dataset: dataset.description, configuration: planned, fold: 0, settings: settings,
      pretrained: try pretrained.map { try PretrainedWeights(tree.file($0)) }, storesHalfPrecision: half,
      folder: tree.file(name), threads: threads)
    var records: [EpochRecord] = []
    try trainer.run(set, split: split, resumes: resumes, isCancelled: isCancelled) { record in
      records.append(record)
      return stops.map { record.epoch + 1 < $0 } ?? true
    }
    return records
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: tree.file(path)) }

  @Test("a network learns what it is shown, and what it leaves behind is a model that segments cases it has not seen")
  func learns() throws {
    let plans = try plans(.v2)
    let settings = TrainingSettings(recipe: .v2, epochs: 4, iterations: 25, validationIterations: 2)
    let model = try folder.model(
      dataset, plans: plans, configuration: "3d_fullres", trainer: settings.trainerName)
    let records = try train("results/\(model.lastPathComponent)/fold_0", plans, settings)
    #expect(records.count == 4)
    let (first, last) = (try #require(records.first), try #require(records.last))
    #expect(last.trainingLoss < first.trainingLoss - 0.3)
    let split = try FiveFolds(cases: dataset.cases.map { $0.name }).folds[0]
    let scores = try FoldValidation(dataset: dataset, model: model, configuration: "3d_fullres", fold: 0)
      .run(cases: split.validation)
    #expect(scores.cases.map { $0.name } == split.validation)
    #expect(scores.means.allSatisfy { $0 > 0.8 }, "\(scores.means)")
    #expect(EpochRecord.all(in: model.appending(path: "fold_0/log.jsonl")) == records)
  }

  @Test(
    "a run that was stopped goes on to the same weights, to the bit, with any number of threads",
    arguments: Augmentation.Recipe.allCases)
  func resumes(recipe: Augmentation.Recipe) throws {
    let plans = try plans(recipe)
    let settings = TrainingSettings(recipe: recipe, epochs: 3, iterations: 3, validationIterations: 1)
    let whole = try train("whole", plans, settings)
    _ = try train("parts", plans, settings, threads: 1, stops: 1)
    #expect(!FileManager.default.fileExists(atPath: tree.file("parts/checkpoint_final.safetensors").path))
    #expect { _ = try train("parts", plans, settings) } throws: { "\($0)".contains("--resume") }
    // Cases that were held back are not learnt from.
    let groups = Dictionary(
      uniqueKeysWithValues: dataset.cases.enumerated().map { ($1.name, "\(dataset.cases.count - $0)") })
    #expect { _ = try train("parts", plans, settings, resumes: true, groups: groups) } throws: {
      "\($0)".contains("another split")
    }
    // A line that was written before a kill, of an epoch that no checkpoint has.
    let log = try bytes("parts/log.jsonl")
    try (log + log).write(to: tree.file("parts/log.jsonl"))
    let rest = try train("parts", plans, settings, threads: 3, resumes: true)
    #expect(rest.map { $0.epoch } == [1, 2])
    #expect(rest.map { $0.trainingLoss } == whole.suffix(2).map { $0.trainingLoss })
    #expect(try bytes("parts/checkpoint_final.safetensors") == bytes("whole/checkpoint_final.safetensors"))
    #expect(EpochRecord.all(in: tree.file("parts/log.jsonl")).map { $0.epoch } == [0, 1, 2])
    // Segmentations stay where the network is the one that made them, and go where it was trained further.
    try FileManager.default.createDirectory(at: tree.file("parts/validation"), withIntermediateDirectories: true)
    _ = try train("parts", plans, settings, resumes: true)
    #expect(FileManager.default.fileExists(atPath: tree.file("parts/validation").path))
    // Nor do they stay beside the same weights rounded, which take half the room.
    let size = try bytes("parts/checkpoint_final.safetensors").count
    _ = try train("parts", plans, settings, resumes: true, half: true)
    #expect(!FileManager.default.fileExists(atPath: tree.file("parts/validation").path))
    #expect(try Double(bytes("parts/checkpoint_final.safetensors").count) < 0.6 * Double(size))
    var longer = settings
    longer.epochs = 4
    try FileManager.default.createDirectory(at: tree.file("parts/validation"), withIntermediateDirectories: true)
    _ = try train("parts", plans, longer, resumes: true)
    #expect(!FileManager.default.fileExists(atPath: tree.file("parts/validation").path))
    var other = longer
    other.iterations = 4
    #expect { _ = try train("parts", plans, other, resumes: true) } throws: { "\($0)".contains("other settings") }
  }

  @Test("asked to stop, a run ends within an iteration, says how it goes on, and goes on to the same weights")
  func stops() throws {
    let plans = try plans(.v2)
    let settings = TrainingSettings(recipe: .v2, epochs: 2, iterations: 3, validationIterations: 1)
    _ = try train("whole", plans, settings)
    // In the first epoch; in the second, of whose three iterations and one of validation the last but one is reached.
    for (asked, message) in [(2, "stopped in the first epoch"), (7, "stopped in epoch 2; --resume goes on")] {
      let left = Mutex(asked)
      #expect {
        _ = try train("asked", plans, settings, resumes: true) {
          left.withLock {
            $0 -= 1; return $0 < 0
          }
        }
      } throws: {
        ($0 as? TrainingError)?.isStop == true && "\($0)".contains(message)
      }
      #expect(left.withLock { $0 } == -1, "nothing is asked after the answer")
    }
    _ = try train("asked", plans, settings, resumes: true)
    #expect(try bytes("asked/checkpoint_final.safetensors") == bytes("whole/checkpoint_final.safetensors"))
  }

  @Test("a run can begin with the weights of another, is bound to them, and refuses those of another network")
  func pretrained() throws {
    let plans = try plans(.v2)
    let settings = TrainingSettings(recipe: .v2, epochs: 2, iterations: 8, validationIterations: 1)
    let first = try train("first", plans, settings)
    let weights = "first/checkpoint_final.safetensors"
    let second = try train("second", plans, settings, stops: 1, pretrained: weights)
    #expect(second[0].trainingLoss < first[0].trainingLoss - 0.1)
    #expect { _ = try train("second", plans, settings, resumes: true) } throws: { "\($0)".contains("other settings") }
    let rest = try train("second", plans, settings, resumes: true, pretrained: weights)
    #expect(rest.map { $0.epoch } == [1])
    _ = try folder.plan(dataset, recipe: .v2, budget: PlanBudget(features: 16, batchSize: 2))
    #expect { _ = try train("wider", try folder.plans(), settings, pretrained: weights) } throws: {
      "\($0)".contains("encoder")
    }
  }

  @Test("a 2D network trains on slices")
  func slices() throws {
    let settings = TrainingSettings(recipe: .v2, epochs: 1, iterations: 2, validationIterations: 1)
    let records = try train("plane", plans(.v2), settings, configuration: "2d")
    #expect(records.count == 1 && records[0].trainingLoss.isFinite)
  }

  @Test("what cannot be trained is refused with the reason")
  func refusals() throws {
    let plans = try plans(.v2)
    let planned = try plans.configuration("3d_fullres")
    let split = try FiveFolds(cases: dataset.cases.map { $0.name }).folds[0]
    #expect {
      _ = try TrainingSet(dataset, names: split.training, plans: plans, configuration: planned, budget: 1000)
    } throws: {
      "\($0)".contains("of memory")
    }
    #expect { _ = try TrainingSet(dataset, names: ["x"], plans: plans, configuration: planned) } throws: {
      "\($0)".contains("no case x")
    }
    let none = TrainingSettings(epochs: 0)
    #expect {
      _ = try Trainer(
        dataset: dataset.description, configuration: planned, fold: 0, settings: none, folder: tree.file("n"))
    } throws: {
      "\($0)".contains("above 0")
    }
    // A plan edited after the first fold was trained.
    _ = try folder.model(dataset, plans: plans, configuration: "3d_fullres", trainer: "T")
    let edited = try Plans(
      JSONValue(
        parsing: Data(
          String(decoding: plans.json.data, as: UTF8.self).replacing("\"batch_size\": 2", with: "\"batch_size\": 3")
            .utf8)))
    #expect { _ = try folder.model(dataset, plans: edited, configuration: "3d_fullres", trainer: "T") } throws: {
      "\($0)".contains("another plan")
    }
  }
}
