import Foundation
import Preprocessing
import Testing

@Suite("Normalisation equals nnU-Net's")
struct NormalizationTests {
  /// nnU-Net sums in float, ours in double.
  static let tolerance: Float = 2e-6

  private static func properties(_ golden: Golden) -> IntensityProperties? {
    guard let mean = golden.ct["mean"], let std = golden.ct["std"], let low = golden.ct["percentile_00_5"],
      let high = golden.ct["percentile_99_5"]
    else { return nil }
    return IntensityProperties(mean: mean, std: std, lowerPercentile: low, upperPercentile: high)
  }

  @Test func everySchemeIsNNUNets() throws {
    let golden = try Golden.load()
    #expect(
      Set(golden.normalization.map { $0.scheme }) == Set(NormalizationScheme.allCases), "every scheme has a golden")
    for item in golden.normalization {
      let normalization = try item.scheme.normalization(
        useMask: item.useMask, properties: Self.properties(golden))
      var voxels = item.image.floats
      try normalization.normalize(&voxels, inside: item.inside.bytes.map { $0 == 1 })
      let error = largestDifference(voxels, item.result.floats) / deviation(item.result.floats)
      #expect(error < Self.tolerance, "\(item.scheme.rawValue), mask \(item.useMask): \(error)")
    }
  }

  /// What every scheme must bear: one value everywhere, a single voxel, no voxels; and no number may become NaN.
  @Test(arguments: NormalizationScheme.allCases) func everySchemeBearsTheExtremes(_ scheme: NormalizationScheme) throws
  {
    let properties = IntensityProperties(mean: 3, std: 0, lowerPercentile: 0, upperPercentile: 3)
    let normalization = try scheme.normalization(useMask: false, properties: properties)
    for voxels in [[Float](repeating: 3, count: 1000), [0], []] {
      var result = voxels
      try normalization.normalize(&result, inside: nil)
      #expect(result.count == voxels.count)
      #expect(result.allSatisfy { $0.isFinite })
    }
  }

  @Test func missingThingsAreNamed() throws {
    #expect(throws: NormalizationError.missingIntensityProperties) {
      try NormalizationScheme.ct.normalization(useMask: false, properties: nil)
    }
    let notFinite = IntensityProperties(mean: .nan, std: 1, lowerPercentile: 0, upperPercentile: 1)
    #expect(throws: NormalizationError.missingIntensityProperties) {
      try NormalizationScheme.ct.normalization(useMask: false, properties: notFinite)
    }
    let masked = try NormalizationScheme.zScore.normalization(useMask: true, properties: nil)
    var voxels: [Float] = [1, 2]
    #expect(throws: NormalizationError.missingMask) { try masked.normalize(&voxels, inside: nil) }
    #expect(throws: NormalizationError.missingMask) { try masked.normalize(&voxels, inside: [true]) }
    try masked.normalize(&voxels, inside: [false, false])
    #expect(voxels == [1, 2], "an image of zeros has nothing inside, and stays as it is")
    let colour = try NormalizationScheme.rgbTo01.normalization(useMask: false, properties: nil)
    voxels = [-1, 300]
    #expect(throws: NormalizationError.notRGB(lowest: -1, highest: 300)) {
      try colour.normalize(&voxels, inside: nil)
    }
  }

  @Test func channelNamesChooseTheScheme() {
    let expected: [(String, NormalizationScheme)] = [
      ("CT", .ct), ("ct", .ct), ("MRI", .zScore), ("T1", .zScore), ("noNorm", .none), ("zscore", .zScore),
      ("rescale_to_0_1", .rescaleTo01), ("rgb_to_0_1", .rgbTo01), ("CTA", .zScore),
    ]
    for (name, scheme) in expected { #expect(NormalizationScheme(channelName: name) == scheme, "\(name)") }
  }
}
