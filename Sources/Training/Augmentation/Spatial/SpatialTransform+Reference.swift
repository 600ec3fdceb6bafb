internal import Foundation
internal import Tensors

extension SpatialTransform {
  /// The plain twin of ``applied(to:size:interpolation:)`` for linear interpolation: every voxel on its own, in Double.
  package func referenceApplied(to patch: TrainingPatch, size: [Int]) -> TrainingPatch {
    let voxels = size.reduce(1, *)
    var image = Tensor(shape: [patch.channels] + size)
    var labels = LabelPatch(shape: size, repeating: -1)
    var previous = patch.previousStage.map { _ in labels }
    for voxel in 0..<voxels {
      let corners = referenceCorners(voxel, from: patch.extent, to: size)
      for channel in 0..<patch.channels {
        image.elements[channel * voxels + voxel] = Float(
          corners.reduce(0.0) { sum, corner in
            sum + corner.weight
              * (corner.place.map { Double(patch.image.elements[channel * patch.labels.count + $0]) } ?? 0)
          })
      }
      labels.values[voxel] = Self.referenceLabel(patch.labels, corners)
      if let stage = patch.previousStage { previous?.values[voxel] = Self.referenceLabel(stage, corners) }
    }
    return TrainingPatch(image: image, labels: labels, previousStage: previous)
  }

  /// The eight voxels around a point, the nearest first; no place outside the source.
  private func referenceCorners(_ voxel: Int, from: [Int], to: [Int]) -> [(place: Int?, weight: Double)] {
    let index = [voxel / (to[1] * to[2]), voxel / to[2] % to[1], voxel % to[2]]
    let moved = (0..<3).map { axis in
      let offsets = elastic?.offsets[axis] ?? []
      return Double(index[axis]) - Double(to[axis] - 1) / 2 + (offsets.isEmpty ? 0 : Double(offsets[voxel]))
    }
    let point = (0..<3).map { row in
      var sum = Double(from[row] - 1) / 2
      for axis in 0..<3 { sum += Double(matrix[row][axis]) * moved[axis] }
      return sum
    }
    let corners = (0..<8).map { corner in
      var (place, weight, isInside) = (0, 1.0, true)
      for axis in 0..<3 {
        let low = floor(point[axis])
        let isUpper = corner >> axis & 1 == 1
        let position = Int(low) + (isUpper ? 1 : 0)
        weight *= isUpper ? point[axis] - low : 1 - (point[axis] - low)
        isInside = isInside && position >= 0 && position < from[axis]
        place = place * from[axis] + position
      }
      return (place: isInside ? place : nil, weight: weight)
    }
    return corners.sorted { $0.weight > $1.weight }
  }

  private static func referenceLabel(_ source: LabelPatch, _ corners: [(place: Int?, weight: Double)]) -> Int16 {
    var scores: [Int16: Double] = [:]
    for corner in corners { scores[corner.place.map { source.values[$0] } ?? -1, default: 0] += corner.weight }
    let rounded = scores.mapValues { Float(Float16($0 * 1000)) }
    let best = rounded.values.max() ?? 0
    let nearest = corners[0].place.map { source.values[$0] } ?? -1
    return rounded[nearest] == best ? nearest : rounded.filter { $0.value == best }.keys.min() ?? -1
  }
}
