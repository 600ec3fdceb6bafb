internal import CKernels

/// Taking a box out of a volume, and dividing by the weights of all boxes added to one: what happens around forward passes. Boxes may reach beyond the
/// volume: zero is read there, and nothing written.
public enum Window {
  /// The box of `extent` at `origin` of src `[C, D, H, W]`, reversed along `mirrored` (axes 0...2 of the box).
  public static func extract(_ src: Tensor, origin: [Int], extent: [Int], mirrored: [Int] = []) -> Tensor {
    var dst = Tensor(shape: [src.shape[0]] + extent)
    let overlap = Overlap(origin: origin, extent: extent, size: Array(src.shape[1...]))
    let flip = (0..<3).map { mirrored.contains($0) }
    let width = extent[2]
    src.elements.withUnsafeBufferPointer { from in
      dst.elements.withUnsafeMutableBufferPointer { to in
        for c in 0..<src.shape[0] {
          overlap.forEachLine(channel: c) { z, y, source in
            let line = (flip[0] ? extent[0] - 1 - z : z) * extent[1] + (flip[1] ? extent[1] - 1 - y : y)
            let target = (c * extent[0] * extent[1] + line) * width
            for x in overlap.x { to[target + (flip[2] ? width - 1 - x : x)] = from[source + x] }
          }
        }
      }
    }
    return dst
  }

  /// volume `[K, D, H, W]` /= the sum of the `weights` `[d, h, w]` of boxes at all `origins`, times `factor`; plane by plane, so that the
  /// sum never exists as a whole.
  public static func divide(
    _ volume: inout Tensor, by weights: Tensor, at origins: [[Int]], factor: Float, in workspace: Workspace
  ) {
    let (extent, size, channels) = (weights.shape, Array(volume.shape[1...]), volume.shape[0])
    let overlaps = origins.map { Overlap(origin: $0, extent: extent, size: size) }
    let (kernels, plane, ones) = (workspace.kernels, size[1] * size[2], [Float](repeating: 1, count: extent[2]))
    volume.elements.withUnsafeMutableBufferPointer { to in
      weights.elements.withUnsafeBufferPointer { weight in
        guard let to = to.baseAddress, let weight = weight.baseAddress else { return }
        workspace.run(size[0], scratch: plane) { slice, sum in
          sum.update(repeating: 0, count: plane)
          for overlap in overlaps {
            overlap.forEachLine(slice: slice) { z, y, target in
              let from = weight + (z * extent[1] + y) * extent[2] + overlap.x.lowerBound
              kernels.accumulate(from, ones, 1, overlap.x.count, sum + target + overlap.x.lowerBound)
            }
          }
          for c in 0..<channels { kernels.divide(sum, factor, plane, to + (c * size[0] + slice) * plane) }
        }
      }
    }
  }
}

/// The part of a box that lies within a volume.
struct Overlap {
  private let origin: [Int]
  private let size: [Int]
  private let ranges: [Range<Int>]

  init(origin: [Int], extent: [Int], size: [Int]) {
    self.origin = origin
    self.size = size
    ranges = (0..<3).map { axis in
      let first = max(0, -origin[axis])
      return first..<max(first, min(extent[axis], size[axis] - origin[axis]))
    }
  }

  /// The box's x that lie within the volume.
  var x: Range<Int> { ranges[2] }

  /// Calls `body(z, y of the box, index of the box's x = 0 in the volume)` for every line of one channel.
  func forEachLine(channel: Int, _ body: (_ z: Int, _ y: Int, _ line: Int) -> Void) {
    for z in ranges[0] {
      for y in ranges[1] {
        body(z, y, ((channel * size[0] + origin[0] + z) * size[1] + origin[1] + y) * size[2] + origin[2])
      }
    }
  }

  /// Index of the box's x = 0 in line (z, y) of the box within one channel of the volume; nil where that line lies outside.
  func line(z: Int, y: Int) -> Int? {
    guard ranges[0].contains(z), ranges[1].contains(y), !ranges[2].isEmpty else { return nil }
    return ((origin[0] + z) * size[1] + origin[1] + y) * size[2] + origin[2]
  }

  /// The same for the lines of one slice of the volume, the index counted from the slice's beginning.
  func forEachLine(slice: Int, _ body: (_ z: Int, _ y: Int, _ line: Int) -> Void) {
    let z = slice - origin[0]
    guard ranges[0].contains(z) else { return }
    for y in ranges[1] { body(z, y, (origin[1] + y) * size[2] + origin[2]) }
  }
}
