import Tensors

/// Cuts patches out of preprocessed cases as nnU-Net does (specification, section 9.5).
public struct PatchSampler: Sendable {
  /// Cases to draw from, in a fixed order.
  public let cases: [TrainingCase]
  /// `[D, H, W]` of what is cut out; larger than the final patch where augmentation turns it.
  public let sampleSize: [Int]
  /// `[D, H, W]` of what the network will see.
  public let patchSize: [Int]

  /// There must be a case.
  public init(cases: [TrainingCase], sampleSize: [Int], patchSize: [Int]) {
    precondition(!cases.isEmpty, "no case to draw patches from")
    self.cases = cases
    self.sampleSize = sampleSize
    self.patchSize = patchSize
  }

  /// Which samples of a batch are centred on foreground: the last `ceil(B / 3)` for the paper, from `rnd(B (1 - 0.33))` on for v2.
  public static func isForced(_ sample: Int, of batch: Int, recipe: Augmentation.Recipe) -> Bool {
    switch recipe {
    case .v2: sample >= Int((Double(batch) * (1 - 0.33)).rounded(.toNearestOrEven))
    case .paper: sample >= batch - (batch + 2) / 3
    }
  }

  /// A patch of a random case; `forced`: centred on a random voxel of a random class that the case has. Where some voxels are to be
  /// ignored, a patch that is not forced is centred on one that is not (nnU-Net v2 `data_loader.py`, `get_bbox`).
  public func draw(forced: Bool, random: inout RandomSource) -> (name: String, patch: TrainingPatch) {
    let item = cases[random.integer(in: 0...cases.count - 1)]
    return (item.name, item.patch(at: corner(in: item, forced: forced, random: &random), size: sampleSize))
  }

  private func corner(in item: TrainingCase, forced: Bool, random: inout RandomSource) -> [Int] {
    let shape = item.shape
    let bounds = (0..<3).map { starts(axis: $0, length: shape[$0]) }
    guard let places = places(in: item, forced: forced, random: &random) else {
      return bounds.map { random.integer(in: $0) }
    }
    let place = Int(places[random.integer(in: 0...places.count - 1)])
    let (height, width) = (shape[1], shape[2])
    let voxel = [place / (height * width), place / width % height, place % width]
    return (0..<3).map { max(bounds[$0].lowerBound, voxel[$0] - sampleSize[$0] / 2) }
  }

  /// Those that a patch may be centred on; nil: anywhere.
  private func places(in item: TrainingCase, forced: Bool, random: inout RandomSource) -> [Int32]? {
    if forced, !item.foreground.isEmpty {
      return item.foreground[random.integer(in: 0...item.foreground.count - 1)]
    }
    return item.annotated.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Where a patch may begin along an axis; below 0 it hangs over the edge.
  private func starts(axis: Int, length: Int) -> ClosedRange<Int> {
    var need = sampleSize[axis] - patchSize[axis]
    if length + need < sampleSize[axis] { need = sampleSize[axis] - length }
    let half = (need + 1) / 2
    return -half...max(-half, length + half - sampleSize[axis])
  }
}

extension TrainingCase {
  /// The voxels from `corner` on; beyond the case the image is 0 and the labels, also those of the previous stage, are -1.
  func patch(at corner: [Int], size: [Int]) -> TrainingPatch {
    let (shape, channels) = (self.shape, self.channels)
    let count = shape.reduce(1, *)
    let voxels = size.reduce(1, *)
    var values = [Int16](repeating: -1, count: voxels)
    var earlier = previousStage.map { _ in values }
    var elements = [Float](repeating: 0, count: channels * voxels)
    let (first, last) = (max(0, -corner[2]), min(size[2], shape[2] - corner[2]))
    if first < last {
      for z in 0..<size[0] where (0..<shape[0]).contains(corner[0] + z) {
        for y in 0..<size[1] where (0..<shape[1]).contains(corner[1] + y) {
          let source = ((corner[0] + z) * shape[1] + corner[1] + y) * shape[2] + corner[2]
          let target = (z * size[1] + y) * size[2]
          self.voxels.copyLabels(from: source + first, count: last - first, to: &values, at: target + first)
          if let previousStage {
            earlier?.replaceSubrange(
              target + first..<target + last, with: previousStage.values[source + first..<source + last])
          }
          for channel in 0..<channels {
            let (from, to) = (channel * count + source, channel * voxels + target)
            self.voxels.copyImage(from: from + first, count: last - first, to: &elements, at: to + first)
          }
        }
      }
    }
    return TrainingPatch(
      image: Tensor(shape: [channels] + size, elements: elements),
      labels: LabelPatch(shape: size, values: values),
      previousStage: earlier.map { LabelPatch(shape: size, values: $0) })
  }
}
