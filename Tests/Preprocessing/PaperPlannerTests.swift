import Foundation
import Preprocessing
import Testing

@Suite("The paper's planner")
struct PaperPlannerTests {
  private static func plans(
    _ count: Int, _ spacing: [Double], _ shape: [Int], channels: String = #"{"0": "MRI"}"#, relative: Double = 1
  ) throws -> Plans {
    let text = #"{"channel_names": \#(channels), "labels": {"background": 0, "a": 1}, "numTraining": \#(count)}"#
    let statistics = IntensityProperties(mean: 1, std: 1, lowerPercentile: 0, upperPercentile: 2)
    let dataset = try DatasetDescription(parsing: Data(text.utf8))
    let fingerprint = try DatasetFingerprint(
      spacings: [spacing], shapesAfterCrop: [shape], medianRelativeSizeAfterCropping: relative,
      intensities: dataset.channelNames.map { _ in statistics })
    return try PaperPlanner(dataset: dataset, fingerprint: fingerprint).plans(datasetName: "Dataset001_X")
  }

  /// The paper's published table of 2D patches and batch sizes.
  @Test(arguments: [
    (484, [1, 1, 1], [138, 169, 138], [192, 160], 89), (20, [1.37, 1.25, 1.25], [115, 320, 232], [320, 256], 33),
    (131, [1, 0.7676, 0.7676], [432, 512, 512], [512, 512], 10),
    (32, [3.6, 0.625, 0.625], [20, 320, 319], [320, 320], 26),
    (260, [1, 1, 1], [36, 50, 35], [56, 40], 366),
  ])
  func twoDimensions(_ count: Int, _ spacing: [Double], _ shape: [Int], _ patch: [Int], _ batch: Int) throws {
    let configuration = try Self.plans(count, spacing, shape).configuration("2d")
    #expect(configuration.patchSize == patch)
    #expect(configuration.batchSize == batch)
    #expect(configuration.batchDice == true)
  }

  @Test func smallImagesArePatchedWhole() throws {
    let plans = try Self.plans(260, [1, 1, 1], [36, 50, 35])
    let configuration = try plans.configuration("3d_fullres")
    #expect(configuration.patchSize == [40, 56, 40])
    #expect(configuration.batchSize == 9)
    #expect(configuration.batchDice == false)
    #expect(configuration.labelResampling.order == .nearest)
    #expect(plans.configurationNames == ["2d", "3d_fullres"])
    let architecture = try JSONValue(parsing: configuration.architecture)
    let arguments = try #require(architecture["arch_kwargs"])
    #expect(arguments["features_per_stage"]?.wholeNumbers == [30, 60, 120, 240])
    #expect(
      arguments["strides"]?.elements?.map { $0.wholeNumbers } == [[1, 1, 1], [2, 2, 2], [2, 2, 2], [2, 2, 2]])
    #expect(arguments["pool"]?.text == "max")
  }

  @Test func aMedianThatFitsIsOnlyRoundedUp() throws {
    let configuration = try Self.plans(20, [1, 1, 1], [127, 127, 130]).configuration("3d_fullres")
    #expect(configuration.patchSize == [128, 128, 160])
  }

  @Test func aThinStackOfHugeSlicesIsPlanned() throws {
    let plans = try Self.plans(20, [1, 1, 1], [2, 10_000, 10_000])
    #expect(try plans.configuration("3d_lowres").patchSize.allSatisfy { $0 > 0 })
  }

  @Test func largeImagesKeepTheirProportions() throws {
    let configuration = try Self.plans(484, [1, 1, 1], [138, 169, 138]).configuration("3d_fullres")
    #expect(configuration.patchSize == [128, 128, 128])
    #expect(configuration.batchSize == 2)
    let flat = try Self.plans(32, [3.6, 0.625, 0.625], [20, 320, 319]).configuration("3d_fullres")
    #expect(flat.patchSize.reduce(1, *) <= 128 * 128 * 128)
    let strides = try #require(try JSONValue(parsing: flat.architecture)["arch_kwargs"]?["strides"]?.elements)
    let first = try #require(strides.dropFirst().first?.wholeNumbers)
    #expect(first == [1, 2, 2], "the short axis is pooled in the last stages")
    for axis in 0..<3 {
      let factor = strides.reduce(1) { $0 * ($1.wholeNumbers?[axis] ?? 0) }
      #expect(flat.patchSize[axis] % factor == 0)
      #expect(flat.patchSize[axis] / factor >= 4)
    }
  }

  @Test func aCascadeIsPlannedBeyondFourPatches() throws {
    let plans = try Self.plans(131, [1, 0.75, 0.75], [432, 512, 512], channels: #"{"0": "CT"}"#)
    #expect(plans.configurationNames == ["2d", "3d_lowres", "3d_fullres", "3d_cascade_fullres"])
    let low = try plans.configuration("3d_lowres")
    #expect(low.spacing == [4, 3, 3])
    #expect(low.medianImageSize == [108, 128, 128])
    #expect(low.nextStages == ["3d_cascade_fullres"])
    let cascade = try plans.configuration("3d_cascade_fullres")
    #expect(cascade.previousStage == "3d_lowres")
    #expect(cascade.batchDice == true)
    let coarse = try Self.plans(50, [5, 0.7, 0.7], [100, 512, 512]).configuration("3d_lowres")
    #expect(coarse.spacing == [5, 1.4, 1.4], "the finer axes first")
    let both = try Self.plans(20, [4, 1, 1], [200, 1024, 1024]).configuration("3d_lowres")
    #expect(both.spacing == [8, 8, 8], "the finer axes until they match, then all together")
    #expect(both.medianImageSize == [100, 128, 128])
    let middle = try Self.plans(20, [4, 1.5, 1], [100, 800, 600]).configuration("3d_lowres")
    #expect(middle.spacing == [4, 3, 4], "an axis more than half as coarse as the coarsest waits for the others")
  }

  @Test func exactlyAQuarterCroppedUsesTheMask() throws {
    let two = #"{"0": "MRI", "1": "CT"}"#
    let plans = try Self.plans(5, [1, 1, 1], [40, 40, 40], channels: two, relative: 0.75)
    #expect(try plans.configuration("2d").useMaskForNorm == [true, false])
    #expect(try Self.plans(5, [1, 1, 1], [40, 40, 40], relative: 0.76).configuration("2d").useMaskForNorm == [false])
  }
}
