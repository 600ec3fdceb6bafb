import Foundation
import Imaging
import Models
import Networks
import Preprocessing
import Tensors
import TestSupport
import Testing

/// The parity tests are only worth something if they fail when a step is wrong: here each step is made wrong on purpose.
@Suite("Parity fails when a step is wrong")
struct ParityMutationTests {
  private let parity: ParityCase
  private let volumes: [Volume]
  private let expected: [UInt16]

  init() throws {
    parity = try ParityCase.committed("transposed")
    volumes = try parity.volumes()
    expected = try parity.labels(0, float32: true)
  }

  private func model(_ folder: URL? = nil) throws -> TrainedModel {
    try TrainedModel.load(folder: folder ?? parity.model, folds: .these(["0"]))
  }

  private func dice(_ model: TrainedModel, _ options: Segmenter.Options = .init()) throws -> Double {
    smallestDice(try Segmenter(model, options: options).segment(volumes).segmentation.labels.voxels, expected)
  }

  /// The model with one text of its plan replaced by another.
  private func model(replacing old: String, by new: String) throws -> TrainedModel {
    let folder = try TemporaryFolder()
    let copy = folder.file("model")
    try FileManager.default.copyItem(at: parity.model, to: copy)
    let plans = copy.appending(path: "plans.json")
    let text = try String(contentsOf: plans, encoding: .utf8)
    let parts = text.components(separatedBy: old)
    #expect(parts.count == 2, "the text stands once in the plan")
    try parts.joined(separator: new).write(to: plans, atomically: true, encoding: .utf8)
    return try model(copy)
  }

  private static func plan(_ recipe: String, order: Int) -> String {
    "\"\(recipe)\": {\n    \"is_seg\": false,\n    \"order\": \(order)"
  }

  @Test("windows at other places")
  func steps() throws {
    #expect(try dice(try model(), .init(stepSize: 0.75)) < ParityTolerance.dice)
  }

  @Test("no mirroring")
  func mirroring() throws {
    #expect(try dice(try model(), .init(mirroring: false)) < ParityTolerance.dice)
  }

  @Test("the image resampled by lines instead of cubic splines")
  func imageResampling() throws {
    let recipe = "resampling_fn_data_kwargs"
    let changed = try model(replacing: Self.plan(recipe, order: 3), by: Self.plan(recipe, order: 1))
    #expect(try dice(changed) < ParityTolerance.dice)
  }

  @Test("constant instead of Gaussian weights, logits brought back by nearest neighbours; nothing wrong passes")
  func blendingAndRestoring() throws {
    let segmenter = try Segmenter(try model())
    let prepared = try segmenter.preparation.prepare(volumes)
    let windows = try plainWindows(prepared.tensor, segmenter)
    let size = Array(prepared.tensor.shape[1...])
    let window = segmenter.predictor.window
    let gaussian = Self.blended(windows, window.importance, size: size)
    let constant = Self.blended(windows, Tensor(shape: window.extent, repeating: 1), size: size)
    func dice(_ logits: Tensor, _ restoration: Restoration) throws -> Double {
      smallestDice(try restoration.segmentation(from: logits, trace: prepared.trace).labels.voxels, expected)
    }
    let recipe = "resampling_fn_probabilities_kwargs"
    let nearest = try model(replacing: Self.plan(recipe, order: 1), by: Self.plan(recipe, order: 0)).restoration
    #expect(try dice(gaussian, segmenter.restoration) >= ParityTolerance.dice)
    #expect(try dice(constant, segmenter.restoration) < ParityTolerance.dice)
    #expect(try dice(gaussian, nearest) < ParityTolerance.dice)
  }

  /// Logits of every window, averaged over its mirrors the obvious way; for a scan no smaller than the patch.
  private func plainWindows(_ src: Tensor, _ segmenter: Segmenter) throws -> [(origin: [Int], logits: Tensor)] {
    let (network, window) = (segmenter.ensemble.members[0].model.networks[0], segmenter.predictor.window)
    let workspace = Workspace(pool: WorkerPool())
    return try window.origins(Array(src.shape[1...])).map { origin in
      let box = src.window(origin: origin, extent: window.extent)
      var mean = Tensor(shape: [network.outputChannels] + window.extent)
      for axes in window.mirrorings {
        let logits = try network.forward(box.flipped(axes), in: workspace).flipped(axes)
        for index in mean.elements.indices {
          mean.elements[index] += logits.elements[index] / Float(window.mirrorings.count)
        }
      }
      return (origin, mean)
    }
  }

  /// The weighted mean of windows `[K, D, H, W]` over a grid of `size`, added up in Double.
  private static func blended(_ windows: [(origin: [Int], logits: Tensor)], _ weights: Tensor, size: [Int]) -> Tensor {
    let (heads, voxels, extent) = (windows[0].logits.shape[0], size.reduce(1, *), weights.shape)
    var sum = [Double](repeating: 0, count: heads * voxels)
    var total = [Double](repeating: 0, count: voxels)
    for (origin, logits) in windows {
      for voxel in 0..<weights.count {
        let (z, y, x) = (voxel / (extent[1] * extent[2]), voxel / extent[2] % extent[1], voxel % extent[2])
        let place = ((origin[0] + z) * size[1] + origin[1] + y) * size[2] + origin[2] + x
        total[place] += Double(weights.elements[voxel])
        for k in 0..<heads {
          sum[k * voxels + place] +=
            Double(weights.elements[voxel]) * Double(logits.elements[k * weights.count + voxel])
        }
      }
    }
    return Tensor(shape: [heads] + size, elements: sum.indices.map { Float(sum[$0] / total[$0 % voxels]) })
  }
}

extension Tensor {
  /// `[C, D, H, W]` with the given of the axes D, H, W (0, 1, 2) turned round.
  func flipped(_ axes: [Int]) -> Tensor {
    var result = self
    let (d, h, w) = (shape[1], shape[2], shape[3])
    for index in elements.indices {
      var place = [index / (h * w) % d, index / w % h, index % w]
      for axis in axes { place[axis] = shape[axis + 1] - 1 - place[axis] }
      result.elements[((index / (d * h * w) * d + place[0]) * h + place[1]) * w + place[2]] = elements[index]
    }
    return result
  }
}
