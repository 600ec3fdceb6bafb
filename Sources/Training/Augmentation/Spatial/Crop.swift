internal import Tensors

extension TrainingPatch {
  /// The `size` voxels in the middle, from `floor(n / 2) - floor(size / 2)` on; no axis may grow.
  package func centreCropped(_ size: [Int]) -> TrainingPatch {
    guard size != extent else { return self }
    precondition(zip(size, extent).allSatisfy { $0 <= $1 }, "the middle of a patch is no larger than the patch")
    let start = zip(extent, size).map { $0 / 2 - $1 / 2 }
    func middle<Value>(_ values: [Value], channels: Int) -> [Value] {
      var result: [Value] = []
      result.reserveCapacity(channels * size.reduce(1, *))
      for c in 0..<channels {
        for z in start[0]..<start[0] + size[0] {
          for y in start[1]..<start[1] + size[1] {
            let row = ((c * extent[0] + z) * extent[1] + y) * extent[2] + start[2]
            result.append(contentsOf: values[row..<row + size[2]])
          }
        }
      }
      return result
    }
    return TrainingPatch(
      image: Tensor(shape: [channels] + size, elements: middle(image.elements, channels: channels)),
      labels: LabelPatch(shape: size, values: middle(labels.values, channels: 1)),
      previousStage: previousStage.map { LabelPatch(shape: size, values: middle($0.values, channels: 1)) })
  }
}
