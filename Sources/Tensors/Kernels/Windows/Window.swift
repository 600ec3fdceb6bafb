internal import CKernels

/// Taking a box out of a volume and adding one to it: what happens around every forward pass. Boxes may reach beyond the
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

  /// volume `[K, D, H, W]` += box `[K, d, h, w]` * weights `[d, h, w]` * factor at `origin`.
  public static func accumulate(
    _ box: Tensor, weights: Tensor, factor: Float, origin: [Int], into volume: inout Tensor, in workspace: Workspace
  ) {
    let extent = Array(box.shape[1...])
    let overlap = Overlap(origin: origin, extent: extent, size: Array(volume.shape[1...]))
    let kernels = workspace.kernels
    let channels = box.shape[0]
    box.elements.withUnsafeBufferPointer { from in
      weights.elements.withUnsafeBufferPointer { weight in
        volume.elements.withUnsafeMutableBufferPointer { to in
          guard let from = from.baseAddress, let weight = weight.baseAddress, let to = to.baseAddress else { return }
          let x = overlap.x
          workspace.run(channels, scratch: 0) { c, _ in
            overlap.forEachLine(channel: c) { z, y, target in
              let at = (z * extent[1] + y) * extent[2] + x.lowerBound
              kernels.accumulate(
                from + c * weights.count + at, weight + at, factor, x.count, to + target + x.lowerBound)
            }
          }
        }
      }
    }
  }

  /// volume `[K, D, H, W]` /= weights `[D, H, W]` * factor.
  public static func divide(_ volume: inout Tensor, by weights: Tensor, factor: Float, in workspace: Workspace) {
    let kernels = workspace.kernels
    let channels = volume.shape[0]
    volume.elements.withUnsafeMutableBufferPointer { to in
      weights.elements.withUnsafeBufferPointer { weight in
        guard let to = to.baseAddress, let weight = weight.baseAddress else { return }
        workspace.run(channels, scratch: 0) { c, _ in
          kernels.divide(weight, factor, weights.count, to + c * weights.count)
        }
      }
    }
  }
}

/// The part of a box that lies within a volume.
private struct Overlap {
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
}
