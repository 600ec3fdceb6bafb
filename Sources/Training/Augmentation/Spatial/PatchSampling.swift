internal import Tensors

/// Where the voxels of a result lie in a source, a row at a time.
struct PatchSampling {
  let transform: SpatialTransform
  /// `[D, H, W]` of the source and of the result.
  let from: [Int]
  let to: [Int]
  private let centre: SIMD3<Float>
  private let target: SIMD3<Float>

  init(transform: SpatialTransform, from: [Int], to: [Int]) {
    self.transform = transform
    self.from = from
    self.to = to
    centre = SIMD3(from.map { Float($0 - 1) / 2 })
    target = SIMD3(to.map { Float($0 - 1) / 2 })
  }

  /// Source coordinates (D, H, W) of a row of the result, into three rows of `to[2]` values.
  func coordinates(row: Int, into rows: UnsafeMutablePointer<Float>) {
    let width = to[2]
    let (z, y) = row.quotientAndRemainder(dividingBy: to[1])
    let start = SIMD3(Float(z), Float(y), 0) - target
    for axis in 0..<3 {
      let line = transform.matrix[axis]
      let (base, step) = ((line * start).sum() + centre[axis], line[2])
      let result = rows + axis * width
      for x in 0..<width { result[x] = base + step * Float(x) }
      guard let elastic = transform.elastic else { continue }
      for moved in 0..<3 where !elastic.offsets[moved].isEmpty {
        let factor = line[moved]
        elastic.offsets[moved].withUnsafeBufferPointer { offsets in
          for x in 0..<width { result[x] += factor * offsets[row * width + x] }
        }
      }
    }
  }

  /// Calls `body` for each row of the result with its first voxel and its source coordinates.
  func forEachRow(_ body: (_ first: Int, _ coordinates: UnsafePointer<Float>) -> Void) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * to[2]) { rows in
      let rows = rows.baseAddress.unsafelyUnwrapped
      for row in 0..<to[0] * to[1] {
        coordinates(row: row, into: rows)
        body(row * to[2], UnsafePointer(rows))
      }
    }
  }
}

/// Where a linear interpolation of a voxel reads, in a source that a frame of one voxel surrounds: beyond the frame all is as on it.
struct LinearCorner {
  /// Of the first of its eight voxels.
  let index: Int
  /// Of the way to the next voxel, along D, H, W.
  let z: Float
  let y: Float
  let x: Float

  /// Lengths of the framed source's rows and slices.
  struct Frame {
    let row: Int
    let slice: Int
    let size: SIMD3<Float>

    init(_ from: [Int]) {
      row = from[2] + 2
      slice = row * (from[1] + 2)
      size = SIMD3(from.map { Float($0) })
    }
  }

  @inline(__always)
  init(_ z: Float, _ y: Float, _ x: Float, _ frame: Frame) {
    let (z0, fz) = Self.split(z, frame.size.x)
    let (y0, fy) = Self.split(y, frame.size.y)
    let (x0, fx) = Self.split(x, frame.size.z)
    index = z0 * frame.slice + y0 * frame.row + x0
    (self.z, self.y, self.x) = (fz, fy, fx)
  }

  @inline(__always)
  private static func split(_ coordinate: Float, _ size: Float) -> (Int, Float) {
    // Framed coordinates run from 0 to size + 1; the last voxel that has a next one is `size`.
    let framed = min(max(coordinate + 1, 0), size + 1)
    let first = min(framed.rounded(.towardZero), size)
    return (Int(first), framed - first)
  }
}

/// A copy of `voxels`, `[D, H, W]`, inside a frame of `value`, one voxel wide.
func framed<Value>(_ voxels: UnsafePointer<Value>, _ shape: [Int], _ value: Value) -> [Value] {
  var result = [Value](repeating: value, count: shape.reduce(1) { $0 * ($1 + 2) })
  let row = shape[2] + 2
  result.withUnsafeMutableBufferPointer { buffer in
    let start = buffer.baseAddress.unsafelyUnwrapped
    for z in 0..<shape[0] {
      for y in 0..<shape[1] {
        (start + ((z + 1) * (shape[1] + 2) + y + 1) * row + 1).update(
          from: voxels + (z * shape[1] + y) * shape[2], count: shape[2])
      }
    }
  }
  return result
}
