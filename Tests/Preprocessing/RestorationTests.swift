import Foundation
import Imaging
import Preprocessing
import Tensors
import Testing

@Suite("Restoration")
struct RestorationTests {
  private static let labels = #"{"background": 0, "a": 1, "b": 2, "c": 3}"#
  private static let regions = #"{"background": 0, "whole": [1, 2, 3], "core": [2, 3], "edge": 3, "rest": 2}"#

  /// A model for scans of spacing 1, and the trace of a scan of `shape` (in its own axes) prepared at `spacing` (transposed).
  private struct Problem {
    let dataset: DatasetDescription
    let configuration: PlanConfiguration
    let trace: PreparationTrace

    init(_ shape: [Int], spacing: [Double], forward: [Int] = [0, 1, 2], labels: String = RestorationTests.labels) throws
    {
      let order = labels == RestorationTests.regions ? #", "regions_class_order": [1, 2, 3, 5]"# : ""
      dataset = try DatasetDescription(
        parsing: Data("{\"channel_names\": {\"0\": \"noNorm\"}, \"labels\": \(labels)\(order)}".utf8))
      let template = try #require(try Golden.load().scans.first)
      let backward = (0..<3).map { axis in forward.firstIndex(of: axis) ?? 0 }
      let text = template.plans
        .replacing("\"spacing\": [1.0, 1.0, 1.0]", with: "\"spacing\": \(spacing)")
        .replacing("\"transpose_forward\": [0, 1, 2]", with: "\"transpose_forward\": \(forward)")
        .replacing("\"transpose_backward\": [0, 1, 2]", with: "\"transpose_backward\": \(backward)")
      let plans = try Plans(parsing: Data(text.utf8))
      configuration = try plans.configuration("c")
      let grid = Geometry(
        width: shape[2], height: shape[1], depth: shape[0], origin: SIMD3(5, 6, 7), iStep: SIMD3(1, 0, 0),
        jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 1))
      var scan = Volume(geometry: grid, voxels: [Float](repeating: 0, count: grid.count))
      // A block that leaves two columns and one row empty.
      for index in scan.voxels.indices where index % shape[2] > 1 && index / shape[2] % shape[1] > 0 {
        scan.voxels[index] = 1
      }
      trace = try Preparation(dataset: dataset, plans: plans, configuration: configuration).prepare([scan]).trace
    }

    /// Logits that are rough (every cell mixed) or in large patches (most cells agree).
    func logits(rough: Bool) -> Tensor {
      let shape = [dataset.numberOfHeads] + trace.preparedShape
      var noise = Noise(seed: 11)
      let patches = noise.values(4096)
      let values = noise.values(shape.reduce(1, *))
      return Tensor(
        shape: shape,
        elements: values.indices.map { index in
          let (i, j, k) = (index % shape[3], index / shape[3] % shape[2], index / (shape[3] * shape[2]))
          return rough ? values[index] : values[index] * 0.1 + patches[(k / 5 * 17 + j / 9 * 5 + i / 11) % 4096]
        })
    }
  }

  @Test(arguments: [
    ([9, 21, 70], [2.0, 2, 2], [0, 1, 2]), ([12, 37, 50], [0.5, 0.7, 0.6], [0, 1, 2]),
    ([20, 18, 33], [3.5, 1.5, 1], [2, 0, 1]),
    ([7, 40, 41], [1.0, 1, 1], [1, 0, 2]), ([5, 19, 18], [4.5, 3, 0.9], [0, 1, 2]),
    ([3, 4, 200], [1.0, 1, 8], [0, 1, 2]),
  ])
  func fastEqualsPlain(_ shape: [Int], _ spacing: [Double], _ forward: [Int]) throws {
    for labels in [Self.labels, Self.regions] {
      let problem = try Problem(shape, spacing: spacing, forward: forward, labels: labels)
      let restoration = Restoration(dataset: problem.dataset, configuration: problem.configuration)
      for rough in [true, false] {
        let logits = problem.logits(rough: rough)
        let fast = try restoration.segmentation(from: logits, trace: problem.trace, threads: 3)
        let plain = try restoration.segmentationReference(from: logits, trace: problem.trace)
        #expect(
          fast == plain,
          "\(fast.labels.voxels.indices.count { fast.labels.voxels[$0] != plain.labels.voxels[$0] }) voxels differ")
        #expect(try restoration.segmentation(from: logits, trace: problem.trace, threads: 1) == fast)
        #expect(!rough || Set(fast.labels.voxels).count > 2, "the problem is not trivial")
        let probabilities = try restoration.probabilities(from: logits, trace: problem.trace)
        #expect(Self.decided(probabilities, problem.dataset) == fast.labels.voxels)
      }
    }
  }

  private static func decided(_ probabilities: Tensor, _ dataset: DatasetDescription) -> [UInt16] {
    let count = probabilities.shape.dropFirst().reduce(1, *)
    return (0..<count).map { voxel in
      let values = (0..<probabilities.shape[0]).map { probabilities.elements[$0 * count + voxel] }
      if let order = dataset.regionsClassOrder { return UInt16(values.lastIndex { $0 > 0.5 }.map { order[$0] } ?? 0) }
      return UInt16(values.indices.reversed().max { values[$0] <= values[$1] && values[$0] != values[$1] } ?? 0)
    }
  }

  @Test func anEnsembleDecidesByTheMeanProbability() throws {
    for labels in [Self.labels, Self.regions] {
      let shape = [8, 20, 37]
      let problems = try [[1.0, 1, 1], [2.0, 1.7, 1.5], [0.8, 1, 1]].map {
        try Problem(shape, spacing: $0, labels: labels)
      }
      let dataset = problems[0].dataset
      let members = problems.enumerated().map { index, problem in
        let logits = problem.logits(rough: index == 1)
        return EnsembleMember(
          configuration: problem.configuration,
          logits: Tensor(shape: logits.shape, elements: logits.elements.map { $0 * Float(4 - index) }),
          trace: problem.trace)
      }
      let result = try Restoration.segmentation(ofEnsemble: members, dataset: dataset)
      let each = try members.map { member in
        try Restoration(dataset: dataset, configuration: member.configuration)
          .probabilities(from: member.logits, trace: member.trace)
      }
      let mean = each[0].elements.indices.map {
        (each[0].elements[$0] + each[1].elements[$0] + each[2].elements[$0]) / 3
      }
      #expect(result.labels.voxels == Self.decided(Tensor(shape: each[0].shape, elements: mean), dataset))
      let one = try Restoration(dataset: dataset, configuration: members[0].configuration)
        .segmentation(from: members[0].logits, trace: members[0].trace)
      #expect(try Restoration.segmentation(ofEnsemble: [members[0]], dataset: dataset) == one)
      #expect(result != one)
      #expect(try Restoration.segmentation(ofEnsemble: members, dataset: dataset, threads: 1) == result)
    }
  }

  /// nnU-Net resamples the first stage's logits straight to the second stage's shape; the spacings cancel out.
  @Test func theNextStageGetsLabelsOnItsOwnGrid() throws {
    let problem = try Problem([9, 21, 70], spacing: [2, 2, 2])
    let restoration = Restoration(dataset: problem.dataset, configuration: problem.configuration)
    let logits = problem.logits(rough: true)
    let shape = [7, 30, 41]
    let labels = try restoration.labels(from: logits, trace: problem.trace, onShape: shape)
    let resampler = ResamplingRecipe.probabilities.resampler(
      from: problem.trace.preparedShape, to: shape, current: [2, 2, 2], new: [2, 2, 2])
    let size = problem.trace.preparedShape.reduce(1, *)
    let whole = (0..<4).map { resampler.resample(Array(logits.elements[$0 * size..<($0 + 1) * size])) }
    let stacked = Tensor(shape: [4] + shape, elements: whole.flatMap { $0 })
    #expect(labels == Self.decided(stacked, problem.dataset))
    #expect(throws: RestorationError.self) {
      try restoration.labels(from: logits, trace: problem.trace, onShape: [1 << 20, 1 << 20, 1 << 20])
    }
  }

  @Test func ensemblesOfDifferentScansAreRefused() throws {
    let problems = try [[8, 20, 37], [8, 20, 38]].map { try Problem($0, spacing: [1, 1, 1]) }
    let members = problems.map {
      EnsembleMember(configuration: $0.configuration, logits: $0.logits(rough: true), trace: $0.trace)
    }
    #expect(throws: RestorationError.self) {
      try Restoration.segmentation(ofEnsemble: members, dataset: problems[0].dataset)
    }
    #expect(throws: RestorationError.ensemble("has no members")) {
      try Restoration.segmentation(ofEnsemble: [], dataset: problems[0].dataset)
    }
  }

  @Test func theExponentialIsExact() {
    for start in stride(from: Float(-87), through: 87, by: 0.37) {
      var values = SIMD16<Float>()
      for lane in 0..<16 { values[lane] = start + Float(lane) * 0.021 }
      let ours = Activation.exp(values)
      for lane in 0..<16 where values[lane] < 87 {
        let exact = exp(Double(values[lane]))
        #expect(abs(Double(ours[lane]) - exact) <= Double(Activation.worstRelativeError) * exact)
      }
    }
    #expect(Activation.exp(SIMD16(repeating: -1e30))[0] < 1e-37)
    #expect(Activation.exp(SIMD16(repeating: 1e30))[0].isFinite)
  }
}
