internal import Foundation

/// How large a piece of the image has to be for a turned patch to fit in, nnU-Net's `get_patch_size`.
enum SampleSize {
  /// nnU-Net's, though its scales reach further.
  static let leastScale = 0.85

  /// The largest reach of the `patch` (two or three axes) turned about each axis alone by `angle`, a quarter turn at most, divided by
  /// ``leastScale``.
  static func of(_ patch: [Int], angle: Double) -> [Int] {
    let (c, s) = (cos(min(angle, .pi / 2)), sin(min(angle, .pi / 2)))
    let size = patch.map { Double($0) }
    var reach = size
    let planes = size.count == 2 ? [(0, 1, 1.0)] : [(1, 2, 1.0), (0, 2, -1.0), (0, 1, 1.0)]
    for (a, b, sign) in planes {
      reach[a] = max(reach[a], abs(size[a] * c + sign * size[b] * s))
      reach[b] = max(reach[b], abs(size[b] * c - sign * size[a] * s))
    }
    return reach.map { Int($0 / leastScale) }
  }
}
