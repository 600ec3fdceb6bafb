import Tensors

/// Where a case's voxels are: in memory, or in a file of the cache, of which the system holds what is in use.
enum CaseVoxels: Sendable {
  case memory(image: Tensor, labels: LabelPatch)
  case file(PreparedCaseFile)

  /// `[C, D, H, W]` of the image.
  var shape: [Int] {
    switch self {
    case .memory(let image, _): image.shape
    case .file(let file): file.shape
    }
  }

  /// The image as a whole; a copy where it lies in a file.
  var image: Tensor {
    switch self {
    case .memory(let image, _): return image
    case .file:
      var elements = [Float](repeating: 0, count: shape.reduce(1, *))
      copyImage(from: 0, count: elements.count, to: &elements, at: 0)
      return Tensor(shape: shape, elements: elements)
    }
  }

  /// The labels as a whole; a copy where they lie in a file.
  var labels: LabelPatch {
    switch self {
    case .memory(_, let labels): return labels
    case .file:
      var labels = LabelPatch(shape: Array(shape[1...]), repeating: 0)
      copyLabels(from: 0, count: labels.count, to: &labels.values, at: 0)
      return labels
    }
  }

  /// Copies `count` elements of the image from `start` on to `target` at `place`.
  func copyImage(from start: Int, count: Int, to target: inout [Float], at place: Int) {
    switch self {
    case .memory(let image, _):
      target.replaceSubrange(place..<place + count, with: image.elements[start..<start + count])
    case .file(let file): file.copyImage(from: start, count: count, to: &target, at: place)
    }
  }

  /// Copies `count` labels from `start` on to `target` at `place`.
  func copyLabels(from start: Int, count: Int, to target: inout [Int16], at place: Int) {
    switch self {
    case .memory(_, let labels):
      target.replaceSubrange(place..<place + count, with: labels.values[start..<start + count])
    case .file(let file): file.copyLabels(from: start, count: count, to: &target, at: place)
    }
  }
}
