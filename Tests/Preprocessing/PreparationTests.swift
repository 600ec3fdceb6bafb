import Foundation
import Imaging
import Preprocessing
import Tensors
import Testing

@Suite("Preparation and restoration equal nnU-Net's")
struct PreparationTests {
  /// The issue asks for 1e-4 of the standard deviation; float against double arithmetic leaves a fifth of that.
  static let prepared: Float = 2e-5
  /// Soft-max and sigmoid in float after float interpolation.
  static let probability: Float = 2e-6

  @Test func preparedTensorsAreNNUNets() throws {
    let scans = try Golden.load().scans
    #expect(scans.count == 4)
    for scan in scans {
      let plans = try scan.plan
      let preparation = try Preparation(
        dataset: scan.description, plans: plans, configuration: plans.configuration("c"))
      let labels = scan.labels.map { map in
        LabelMap(geometry: scan.volumes[0].geometry, voxels: map.bytes.map { UInt16($0) })
      }
      let result = try preparation.prepare(scan.volumes, labels: labels)
      #expect(result.tensor.shape == scan.prepared.shape, "\(scan.name)")
      let expected = scan.prepared.floats
      let error = largestDifference(result.tensor.elements, expected) / deviation(expected)
      #expect(error < Self.prepared, "\(scan.name): \(error)")
      #expect(result.labels == scan.preparedLabels?.bytes, "\(scan.name)")
      #expect(try preparation.prepare(scan.volumes, labels: labels, threads: 1) == result, "threads change nothing")
    }
  }

  @Test func segmentationsAreNNUNets() throws {
    for scan in try Golden.load().scans {
      let plans = try scan.plan
      let configuration = try plans.configuration("c")
      let dataset = try scan.description
      let trace = try Preparation(dataset: dataset, plans: plans, configuration: configuration)
        .prepare(scan.volumes).trace
      let restoration = Restoration(dataset: dataset, configuration: configuration)
      let logits = Tensor(shape: scan.logits.shape, elements: scan.logits.floats)
      let result = try restoration.segmentation(from: logits, trace: trace)
      #expect(result.labels.voxels.map { Int16($0) } == scan.segmentation.bytes, "\(scan.name)")
      #expect(result.labels.geometry == scan.volumes[0].geometry)
      #expect(try restoration.segmentationReference(from: logits, trace: trace) == result, "\(scan.name)")
      #expect(try restoration.segmentation(from: logits, trace: trace, threads: 1) == result)
      for found in result.perLabel {
        let voxels = result.labels.voxels.count { Int($0) == found.label }
        #expect(found.voxels == voxels)
        let millilitres = Double(voxels) * scan.spacing.reduce(1, *) / 1000
        #expect(abs(found.millilitres - millilitres) < 1e-6 * (1 + millilitres))
      }
    }
  }

  @Test func probabilitiesAreNNUNets() throws {
    for scan in try Golden.load().scans {
      let plans = try scan.plan
      let configuration = try plans.configuration("c")
      let dataset = try scan.description
      let trace = try Preparation(dataset: dataset, plans: plans, configuration: configuration)
        .prepare(scan.volumes).trace
      let restoration = Restoration(dataset: dataset, configuration: configuration)
      let logits = Tensor(shape: scan.logits.shape, elements: scan.logits.floats)
      let result = try restoration.probabilities(from: logits, trace: trace)
      #expect(result.shape == scan.probabilities.shape)
      let error = largestDifference(result.elements, scan.probabilities.floats)
      #expect(error < Self.probability, "\(scan.name): \(error)")
      #expect(throws: RestorationError.budget(bytes: result.count * 4, allowed: 1000)) {
        try restoration.probabilities(from: logits, trace: trace, byteBudget: 1000)
      }
    }
  }

  /// nnU-Net hands the first stage's segmentation to the preprocessor as labels and appends one channel a foreground label.
  @Test func aSecondStageGetsTheFirstOneHot() throws {
    let scan = try #require(try Golden.load().scans.first { $0.labels != nil })
    let (labels, expected) = (try #require(scan.labels), try #require(scan.preparedLabels))
    let text = scan.plans.replacing(
      "\"configurations\": {",
      with: "\"configurations\": {\"second\": {\"inherits_from\": \"c\", \"previous_stage\": \"low\"}, ")
    let plans = try Plans(parsing: Data(text.utf8))
    let dataset = try scan.description
    let second = try Preparation(dataset: dataset, plans: plans, configuration: plans.configuration("second"))
    let first = LabelMap(geometry: scan.volumes[0].geometry, voxels: labels.bytes.map { UInt16($0) })
    let result = try second.prepare(scan.volumes, previousStage: first)
    #expect(result.tensor.shape == [4] + expected.shape)
    let images = scan.prepared.floats
    let error = largestDifference(Array(result.tensor.elements.prefix(images.count)), images) / deviation(images)
    #expect(error < Self.prepared)
    let oneHot: [[Float]] = [1, 2].map { label in expected.bytes.map { $0 == label ? 1 : 0 } }
    #expect(Array(result.tensor.elements.dropFirst(images.count)) == oneHot[0] + oneHot[1])
    #expect(result.labels == nil)
    #expect(throws: PreparationError.self) { try second.prepare(scan.volumes) }
    let plain = try Preparation(dataset: dataset, plans: plans, configuration: plans.configuration("c"))
    #expect(throws: PreparationError.self) { try plain.prepare(scan.volumes, previousStage: first) }
  }

  /// Measured along oblique steps, 3 mm may come out a rounding error longer; nnU-Net's threshold of 3 is strict.
  @Test(arguments: [[3.0, 1, 1], [Double(Float(1.1)), 0.7, 3.5], [0.4882813, 0.4882813, 5]])
  func obliqueSpacingsAreExact(_ spacing: [Double]) throws {
    for angle in stride(from: 0.01, through: 3, by: 0.0371) {
      let (c, s) = (cos(angle), sin(angle))
      let grid = Geometry(
        width: 4, height: 4, depth: 4, origin: SIMD3(), iStep: SIMD3(c, s * c, s * s) * spacing[2],
        jStep: SIMD3(-s, c * c, c * s) * spacing[1], kStep: SIMD3(0, -s, c) * spacing[0])
      #expect(grid.exactSpacing == spacing)
    }
  }

  @Test func tracesSurviveJSON() throws {
    let scan = try #require(try Golden.load().scans.first)
    let plans = try scan.plan
    let prepared = try Preparation(
      dataset: scan.description, plans: plans, configuration: plans.configuration("c")
    ).prepare(scan.volumes)
    let back = try JSONDecoder().decode(PreparationTrace.self, from: JSONEncoder().encode(prepared.trace))
    #expect(back == prepared.trace)
    #expect(back.geometry == scan.volumes[0].geometry)
  }

  @Test func badInputIsNamed() throws {
    let scan = try #require(try Golden.load().scans.first)
    let plans = try scan.plan
    let configuration = try plans.configuration("c")
    let preparation = try Preparation(dataset: scan.description, plans: plans, configuration: configuration)
    #expect(throws: PreparationError.channelCount(expected: ["c0"], found: 0)) { try preparation.prepare([]) }
    var broken = scan.volumes
    broken[0].voxels[5] = .nan
    broken[0].voxels[900] = .infinity
    #expect(throws: PreparationError.notFinite(channel: "c0", count: 2)) { try preparation.prepare(broken) }
    let tight = try Preparation(
      dataset: scan.description, plans: plans, configuration: configuration, elementBudget: 100)
    #expect(throws: PreparationError.self) { try tight.prepare(scan.volumes) }
    let trace = try preparation.prepare(scan.volumes).trace
    let restoration = Restoration(dataset: try scan.description, configuration: configuration)
    let wrong = Tensor(shape: [3, 2, 2, 2])
    #expect(throws: RestorationError.shape(expected: [3] + trace.preparedShape, found: wrong.shape)) {
      try restoration.segmentation(from: wrong, trace: trace)
    }
  }
}
