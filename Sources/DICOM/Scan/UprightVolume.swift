public import Imaging

extension Volume {
  /// The volume on a grid whose slices are stacked along their normal, for a network that knows no shear (a tilted gantry leans the
  /// stack); the volume itself when it does not lean by more than 0.1 degrees.
  ///
  /// Each slice keeps its plane and is shifted within it, by linear interpolation; rows and columns are added so that nothing is cut off.
  /// Voxels outside of the scanned volume get its smallest value. A segmentation made on the result goes back onto the original slices
  /// by nearest neighbour on this volume's own `geometry`, since both grids lie where they say.
  public func upright() -> Volume {
    guard geometry.leanDegrees > GeometryTolerance.tilt else { return self }
    let shear = SliceShear(geometry)
    return Volume(geometry: shear.target, voxels: shear.apply(voxels))
  }
}

extension Geometry {
  /// How many voxels ``Volume/upright()`` makes of this grid; not a whole number's type, since a wild lean makes more than it holds.
  var uprightVoxels: Double {
    guard leanDegrees > GeometryTolerance.tilt else { return Double(width) * Double(height) * Double(depth) }
    let reach = SliceShear.step(self) * Double(depth - 1)
    return (Double(width) + abs(reach.x) + 1) * (Double(height) + abs(reach.y) + 1) * Double(depth)
  }
}

/// The shift of each slice of a leaning stack within its plane.
struct SliceShear {
  let source: Geometry
  let target: Geometry
  /// Shift of slice `k + 1` against slice `k`, in columns and rows.
  private let step: SIMD2<Double>
  /// Whole columns and rows added before the first.
  private let margin: SIMD2<Double>

  /// The part of the step that lies along the slices' normal.
  private static func upright(_ geometry: Geometry) -> SIMD3<Double> {
    let normal = geometry.iStep.cross(geometry.jStep)
    let unit = normal / normal.length
    return unit * geometry.kStep.dot(unit)
  }

  /// The in-plane part of the step in columns and rows; rows and columns are at right angles.
  static func step(_ geometry: Geometry) -> SIMD2<Double> {
    let beside = geometry.kStep - upright(geometry)
    return SIMD2(
      beside.dot(geometry.iStep) / geometry.iStep.dot(geometry.iStep),
      beside.dot(geometry.jStep) / geometry.jStep.dot(geometry.jStep))
  }

  init(_ geometry: Geometry) {
    let upright = Self.upright(geometry)
    let step = Self.step(geometry)
    let reach = step * Double(geometry.depth - 1)
    let before = SIMD2(min(0, reach.x), min(0, reach.y)).rounded(.down)
    let after = SIMD2(max(0, reach.x), max(0, reach.y)).rounded(.up)
    source = geometry
    self.step = step
    margin = SIMD2(0, 0) - before
    target = Geometry(
      width: geometry.width + Int(after.x - before.x), height: geometry.height + Int(after.y - before.y),
      depth: geometry.depth, origin: geometry.origin + geometry.iStep * before.x + geometry.jStep * before.y,
      iStep: geometry.iStep, jStep: geometry.jStep, kStep: upright)
  }

  /// The values of the target grid.
  func apply(_ voxels: [Float]) -> [Float] {
    let outside = voxels.min() ?? 0
    var result = [Float](repeating: outside, count: target.count)
    for k in 0..<target.depth {
      let shift = step * Double(k) + margin
      for j in 0..<target.height {
        for i in 0..<target.width {
          let value = sample(voxels, x: Double(i) - shift.x, y: Double(j) - shift.y, k: k)
          if let value { result[(k * target.height + j) * target.width + i] = value }
        }
      }
    }
    return result
  }

  /// Linear interpolation within slice `k`; nil outside of it.
  private func sample(_ voxels: [Float], x: Double, y: Double, k: Int) -> Float? {
    // A shift of a whole number of pixels may miss it by a rounding error.
    let near = 1e-6
    guard x >= -near, y >= -near, x <= Double(source.width - 1) + near, y <= Double(source.height - 1) + near else {
      return nil
    }
    let i = min(max(0, Int(x)), max(0, source.width - 2))
    let j = min(max(0, Int(y)), max(0, source.height - 2))
    let (u, v) = (Float(x - Double(i)), Float(y - Double(j)))
    let at = (k * source.height + j) * source.width + i
    let right = source.width > 1 ? 1 : 0
    let down = source.height > 1 ? source.width : 0
    let top = voxels[at] + u * (voxels[at + right] - voxels[at])
    let bottom = voxels[at + down] + u * (voxels[at + down + right] - voxels[at + down])
    return top + v * (bottom - top)
  }
}
