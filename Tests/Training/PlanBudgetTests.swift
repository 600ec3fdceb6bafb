import Foundation
import Preprocessing
import Testing
import Training

@Suite("A plan for a small budget")
struct PlanBudgetTests {
  /// A large CT: four configurations, one of which inherits.
  private static func plans(_ recipe: Augmentation.Recipe) throws -> Plans {
    let text = #"{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 100}"#
    let dataset = try DatasetDescription(parsing: Data(text.utf8))
    let fingerprint = try DatasetFingerprint(
      spacings: [[1, 0.75, 0.75]], shapesAfterCrop: [[432, 512, 512]], medianRelativeSizeAfterCropping: 1,
      intensities: [IntensityProperties(mean: 1, std: 1, lowerPercentile: 0, upperPercentile: 2)])
    return recipe == .v2
      ? try V2Planner(dataset: dataset, fingerprint: fingerprint).plans(datasetName: "Dataset001_X")
      : try PaperPlanner(dataset: dataset, fingerprint: fingerprint).plans(datasetName: "Dataset001_X")
  }

  private static func features(_ configuration: PlanConfiguration) throws -> [Int]? {
    try JSONValue(parsing: configuration.architecture)["arch_kwargs"]?["features_per_stage"]?.wholeNumbers
  }

  @Test(
    "features and batch change in every configuration, and nothing else does", arguments: Augmentation.Recipe.allCases)
  func smaller(recipe: Augmentation.Recipe) throws {
    let planned = try Self.plans(recipe)
    let plans = try PlanBudget(features: 6, batchSize: 3).applied(to: planned)
    #expect(plans.configurationNames == ["2d", "3d_lowres", "3d_fullres", "3d_cascade_fullres"])
    let base = recipe == .v2 ? 32 : 30
    for name in plans.configurationNames {
      let (before, after) = (try planned.configuration(name), try plans.configuration(name))
      #expect(after.batchSize == 3 && after.patchSize == before.patchSize && after.spacing == before.spacing)
      let stages = try #require(try Self.features(before))
      #expect(try Self.features(after) == stages.map { $0 * 6 / base })
    }
    #expect(plans.json["configurations"]?["3d_cascade_fullres"]?["batch_size"] == nil)
    let back = try PlanBudget(features: base).applied(to: PlanBudget(features: base * 2).applied(to: planned))
    #expect(back == planned)
    #expect(try PlanBudget().applied(to: planned) == planned)
  }

  @Test("a batch of one configuration leaves the others")
  func oneConfiguration() throws {
    let planned = try Self.plans(.v2)
    let plans = try PlanBudget(features: nil, batchSizes: ["7", "2d=48"]).applied(to: planned)
    #expect(try plans.configuration("2d").batchSize == 48 && plans.configuration("3d_fullres").batchSize == 7)
    let one = try PlanBudget(features: nil, batchSizes: ["2d=48"]).applied(to: planned)
    #expect(try one.configuration("3d_fullres").batchSize == planned.configuration("3d_fullres").batchSize)
    for name in ["4d", "3d_cascade_fullres"] {
      #expect { try PlanBudget(features: nil, batchSizes: ["\(name)=4"]).applied(to: planned) } throws: {
        "\($0)".contains("the plan has 2d")
      }
    }
    #expect(throws: TrainingError.self) { try PlanBudget(features: nil, batchSizes: ["2d=many"]) }
    #expect(throws: TrainingError.self) { try PlanBudget(features: nil, batchSizes: ["2d=0"]).applied(to: planned) }
  }

  @Test("what no network can have is refused", arguments: [0, -1, 5000])
  func refusals(count: Int) throws {
    let planned = try Self.plans(.v2)
    #expect { try PlanBudget(features: count).applied(to: planned) } throws: { "\($0)".contains("from 1 to 4096") }
    #expect { try PlanBudget(batchSize: count).applied(to: planned) } throws: { "\($0)".contains("batch") }
  }
}
