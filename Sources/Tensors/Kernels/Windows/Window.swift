/// Taking a box out of a volume and adding one to it, mirrored or not: what happens around every forward pass.
public enum Window {
  /// The box of `extent` at `origin` of src `[C, D, H, W]`, reversed along `mirrored` (axes 0...2 of the box).
  /// Outside src is zero.
  public static func extract(_ src: Tensor, origin: [Int], extent: [Int], mirrored: [Int] = []) -> Tensor {
    let size = Array(src.shape[1...])
    var dst = Tensor(shape: [src.shape[0]] + extent)
    src.elements.withUnsafeBufferPointer { from in
      dst.elements.withUnsafeMutableBufferPointer { to in
        forEachLine(src.shape[0], origin, extent, size, mirrored) { source, target, x in
          let reversed = mirrored.contains(2)
          for i in x { to[target + (reversed ? extent[2] - 1 - i : i)] = from[source + i] }
        }
      }
    }
    return dst
  }

  /// Adds box `[K, d, h, w]`, reversed along `mirrored`, to `sum` of the same shape.
  public static func add(_ box: Tensor, mirrored: [Int], to sum: inout Tensor) {
    let extent = Array(box.shape[1...])
    let flip = (0..<3).map { mirrored.contains($0) }
    box.elements.withUnsafeBufferPointer { from in
      sum.elements.withUnsafeMutableBufferPointer { to in
        for k in 0..<box.shape[0] {
          for z in 0..<extent[0] {
            for y in 0..<extent[1] {
              let line =
                ((k * extent[0] + (flip[0] ? extent[0] - 1 - z : z)) * extent[1]
                  + (flip[1] ? extent[1] - 1 - y : y)) * extent[2]
              let target = ((k * extent[0] + z) * extent[1] + y) * extent[2]
              if flip[2] {
                for x in 0..<extent[2] { to[target + x] += from[line + extent[2] - 1 - x] }
              } else {
                for x in 0..<extent[2] { to[target + x] += from[line + x] }
              }
            }
          }
        }
      }
    }
  }

  /// volume `[K, D, H, W]` += box `[K, d, h, w]` * weights `[d, h, w]` / divisor at `origin`; what lies outside is left out.
  public static func accumulate(
    _ box: Tensor, weights: Tensor, divisor: Float, origin: [Int], into volume: inout Tensor
  ) {
    let extent = Array(box.shape[1...])
    let size = Array(volume.shape[1...])
    let plane = extent.reduce(1, *)
    box.elements.withUnsafeBufferPointer { from in
      weights.elements.withUnsafeBufferPointer { weight in
        volume.elements.withUnsafeMutableBufferPointer { to in
          forEachLine(box.shape[0], origin, extent, size, []) { target, source, x in
            let at = source % plane
            for i in x { to[target + i] += from[source + i] / divisor * weight[at + i] }
          }
        }
      }
    }
  }

  // Calls body with the index of x = 0 of the box in the volume and in the box, and the x that lie in the volume.
  private static func forEachLine(
    _ channels: Int, _ origin: [Int], _ extent: [Int], _ size: [Int], _ mirrored: [Int],
    _ body: (_ volume: Int, _ box: Int, _ x: Range<Int>) -> Void
  ) {
    let first = max(0, -origin[2])
    let x = first..<max(first, min(extent[2], size[2] - origin[2]))
    for c in 0..<channels {
      for z in 0..<extent[0] where (0..<size[0]).contains(origin[0] + z) {
        for y in 0..<extent[1] where (0..<size[1]).contains(origin[1] + y) {
          let boxZ = mirrored.contains(0) ? extent[0] - 1 - z : z
          let boxY = mirrored.contains(1) ? extent[1] - 1 - y : y
          body(
            ((c * size[0] + origin[0] + z) * size[1] + origin[1] + y) * size[2] + origin[2],
            ((c * extent[0] + boxZ) * extent[1] + boxY) * extent[2], x)
        }
      }
    }
  }
}
