internal import Foundation
internal import Tensors

/// One channel of a patch, to be changed in place: `voxels` of `shape` `[D, H, W]`. Statistics are in Double.
package struct ChannelVoxels {
  let voxels: UnsafeMutableBufferPointer<Float>
  let shape: [Int]

  /// Mean of the voxels.
  var mean: Double { voxels.reduce(0.0) { $0 + Double($1) } / Double(voxels.count) }

  /// Least and greatest voxel.
  var range: (least: Float, most: Float) {
    var (least, most) = (voxels[0], voxels[0])
    for value in voxels { (least, most) = (value < least ? value : least, value > most ? value : most) }
    return (least, most)
  }

  /// Standard deviation, with n - 1, about `mean`.
  func deviation(mean: Double) -> Double {
    let squares = voxels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / Double(voxels.count - 1)).squareRoot()
  }

  /// Replaces every voxel.
  @inline(__always)
  func apply(_ change: (Float) -> Float) {
    for i in voxels.indices { voxels[i] = change(voxels[i]) }
  }
}

extension TrainingPatch {
  /// Lets `change` work on one channel of the image.
  package mutating func change(channel: Int, _ change: (ChannelVoxels) -> Void) {
    let (count, shape) = (labels.count, extent)
    image.elements.withUnsafeMutableBufferPointer { buffer in
      change(
        ChannelVoxels(
          voxels: UnsafeMutableBufferPointer(rebasing: buffer[channel * count..<(channel + 1) * count]), shape: shape))
    }
  }
}
