internal import Tensors

extension TrainingPatch {
  /// Image and labels reversed along `axes` (0 is D).
  package func mirrored(_ axes: [Int]) -> TrainingPatch {
    guard !axes.isEmpty else { return self }
    return TrainingPatch(
      image: Tensor(
        shape: image.shape, elements: Self.mirrored(image.elements, [channels] + extent, axes.map { $0 + 1 })),
      labels: Self.mirrored(labels, axes), previousStage: previousStage.map { Self.mirrored($0, axes) })
  }

  private static func mirrored(_ labels: LabelPatch, _ axes: [Int]) -> LabelPatch {
    LabelPatch(shape: labels.shape, values: mirrored(labels.values, [1] + labels.shape, axes.map { $0 + 1 }))
  }

  /// `[C, D, H, W]`.
  private static func mirrored<Value>(_ values: [Value], _ shape: [Int], _ axes: [Int]) -> [Value] {
    let flips = (0..<4).map { axes.contains($0) }
    let width = shape[3]
    return [Value](unsafeUninitializedCapacity: values.count) { result, count in
      values.withUnsafeBufferPointer { values in
        var target = result.baseAddress.unsafelyUnwrapped
        for c in 0..<shape[0] {
          for d in 0..<shape[1] {
            for h in 0..<shape[2] {
              let (z, y) = (flips[1] ? shape[1] - 1 - d : d, flips[2] ? shape[2] - 1 - h : h)
              let row = values.baseAddress.unsafelyUnwrapped + ((c * shape[1] + z) * shape[2] + y) * width
              if flips[3] {
                for x in 0..<width { (target + x).initialize(to: row[width - 1 - x]) }
              } else {
                target.initialize(from: row, count: width)
              }
              target += width
            }
          }
        }
      }
      count = values.count
    }
  }
}
