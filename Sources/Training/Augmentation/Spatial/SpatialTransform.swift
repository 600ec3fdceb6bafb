internal import Foundation
internal import Tensors

/// Rotation, scaling and elastic deformation about the centre of a patch, in one interpolation.
///
/// Voxel i of a result of p voxels reads `source = Rz Ry Rx diag(scale) (i - (p - 1) / 2 + offset) + (size - 1) / 2`, all of them vectors
/// (D, H, W): batchgeneratorsv2 `SpatialTransform`, and batchgenerators' for the elastic offsets.
package struct SpatialTransform: Sendable, Equatable {
  /// How images are interpolated; outside they are 0.
  package enum Interpolation: Sendable {
    /// Linear, fading to 0 over the voxel beyond the edge.
    case linear
    /// Cubic spline, as scipy's `map_coordinates` with mode "constant".
    case cubic
  }

  /// The matrix, rows D, H, W.
  package let matrix: [SIMD3<Float>]
  /// Moves each voxel of the result before it is turned; nil: none.
  package var elastic: ElasticField?

  /// `angles` about the axes D, H, W in radians; `scale` per axis, above 1 zooms out.
  package init(angles: [Double] = [0, 0, 0], scale: [Double] = [1, 1, 1], elastic: ElasticField? = nil) {
    precondition(angles.count == 3 && scale.count == 3, "an angle and a scale for each of D, H, W")
    let (c, s) = (angles.map { cos($0) }, angles.map { sin($0) })
    let product = [
      [c[2] * c[1], c[2] * s[1] * s[0] - s[2] * c[0], c[2] * s[1] * c[0] + s[2] * s[0]],
      [s[2] * c[1], s[2] * s[1] * s[0] + c[2] * c[0], s[2] * s[1] * c[0] - c[2] * s[0]],
      [-s[1], c[1] * s[0], c[1] * c[0]],
    ]
    matrix = product.map { row in SIMD3((0..<3).map { Float(row[$0] * scale[$0]) }) }
    self.elastic = elastic
  }

  /// `patch` seen through the transform, of `size` voxels. Labels take the largest of their linear scores, -1 outside.
  package func applied(to patch: TrainingPatch, size: [Int], interpolation: Interpolation) -> TrainingPatch {
    precondition(elastic.map { $0.shape == size } ?? true, "an elastic field of the result's size")
    let sampling = PatchSampling(transform: self, from: patch.extent, to: size)
    let image =
      switch interpolation {
      case .linear: sampling.linear(patch.image)
      case .cubic: sampling.cubic(patch.image)
      }
    return TrainingPatch(
      image: image, labels: sampling.labels(patch.labels), previousStage: patch.previousStage.map(sampling.labels))
  }
}

/// How far each voxel of a patch is moved, in voxels.
package struct ElasticField: Sendable, Equatable {
  /// `[D, H, W]`.
  package let shape: [Int]
  /// Along D, H and W; an axis may be empty, for no movement.
  package let offsets: [[Float]]

  /// Each of three axes fills `shape` or is empty.
  package init(shape: [Int], offsets: [[Float]]) {
    precondition(
      offsets.count == 3 && offsets.allSatisfy { $0.isEmpty || $0.count == shape.reduce(1, *) },
      "three axes of offsets, of the patch's size")
    self.shape = shape
    self.offsets = offsets
  }
}
