import Foundation
import Imaging
import Preprocessing
import Tensors
import Testing

@Suite("Cropping to nonzero equals nnU-Net's")
struct CroppingTests {
  private static let dataset = """
    {"channel_names": {"0": "noNorm", "1": "noNorm"}, "labels": {"background": 0, "a": 1}, "numTraining": 1,
     "file_ending": ".nii.gz"}
    """

  /// A plan that changes nothing but crops.
  private static func preparation() throws -> Preparation {
    let scan = try #require(try Golden.load().scans.first)
    let text = scan.plans
      .replacing("\"ZScoreNormalization\"", with: "\"NoNormalization\", \"NoNormalization\"")
      .replacing("[false]", with: "[false, false]")
    let plans = try Plans(parsing: Data(text.utf8))
    return try Preparation(
      dataset: DatasetDescription(parsing: Data(dataset.utf8)), plans: plans, configuration: plans.configuration("c"))
  }

  @Test func boxAndMaskAreNNUNets() throws {
    let preparation = try Self.preparation()
    for golden in try Golden.load().crop {
      let shape = Array(golden.data.shape.dropFirst())
      let grid = Geometry(
        width: shape[2], height: shape[1], depth: shape[0], origin: SIMD3(), iStep: SIMD3(1, 0, 0),
        jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 1))
      let values = golden.data.floats
      let channels = [0, 1].map {
        Volume(geometry: grid, voxels: Array(values[$0 * grid.count..<($0 + 1) * grid.count]))
      }
      let empty = LabelMap(geometry: grid, voxels: [UInt16](repeating: 0, count: grid.count))
      let result = try preparation.prepare(channels, labels: empty)
      #expect(result.trace.cropBox == CropBox(lower: golden.box.map { $0[0] }, upper: golden.box.map { $0[1] }))
      #expect(result.tensor.elements == golden.cropped.floats)
      #expect(result.labels == golden.inside.bytes.map { $0 - 1 }, "-1 outside the region, 0 inside")
    }
  }

  @Test func fastHoleFillingEqualsFlooding() {
    var noise = Noise(seed: 3)
    for density in stride(from: Float(-0.6), through: 0.6, by: 0.15) {
      for shape in [[7, 9, 11], [1, 8, 8], [12, 3, 20], [3, 3, 3]] {
        let mask = noise.values(shape.reduce(1, *)).map { $0 > density }
        var (fast, plain) = (mask, mask)
        HoleFilling.fill(&fast, shape: shape)
        HoleFilling.fillReference(&plain, shape: shape)
        #expect(fast == plain, "\(shape) \(density)")
      }
    }
  }
}
