/// A block of voxels: half-open ranges of `i`, `j` and `k`.
public struct Box: Sendable, Hashable {
  /// Columns.
  public var i: Range<Int>
  /// Rows.
  public var j: Range<Int>
  /// Slices.
  public var k: Range<Int>

  /// A block of its own.
  public init(i: Range<Int>, j: Range<Int>, k: Range<Int>) {
    self.i = i
    self.j = j
    self.k = k
  }

  /// Number of voxels.
  public var count: Int { i.count * j.count * k.count }

  /// What both blocks cover.
  public func intersection(_ other: Box) -> Box {
    Box(i: i.clamped(to: other.i), j: j.clamped(to: other.j), k: k.clamped(to: other.k))
  }

  /// The smallest block that covers both.
  public func union(_ other: Box) -> Box {
    Box(
      i: min(i.lowerBound, other.i.lowerBound)..<max(i.upperBound, other.i.upperBound),
      j: min(j.lowerBound, other.j.lowerBound)..<max(j.upperBound, other.j.upperBound),
      k: min(k.lowerBound, other.k.lowerBound)..<max(k.upperBound, other.k.upperBound))
  }

  /// The block grown on every side by at least `margin` mm, in whole voxels, and cut to the grid.
  public func grown(by margin: Double, in grid: Geometry) -> Box {
    func grow(_ range: Range<Int>, _ step: SIMD3<Double>, _ count: Int) -> Range<Int> {
      let voxels = Int(min((margin / step.length).rounded(.up), Double(count)))
      return max(0, range.lowerBound - voxels)..<min(count, range.upperBound + voxels)
    }
    return Box(
      i: grow(i, grid.iStep, grid.width), j: grow(j, grid.jStep, grid.height), k: grow(k, grid.kStep, grid.depth))
  }
}

extension Geometry {
  /// All voxels.
  public var box: Box { Box(i: 0..<width, j: 0..<height, k: 0..<depth) }

  /// The grid of a block, which must not be empty and must lie within this one.
  public func cropped(to block: Box) -> Geometry {
    precondition(block.count > 0 && block.intersection(box) == block, "a crop lies within its grid: \(block) in \(box)")
    return Geometry(
      width: block.i.count, height: block.j.count, depth: block.k.count,
      origin: position(
        i: Double(block.i.lowerBound), j: Double(block.j.lowerBound), k: Double(block.k.lowerBound)),
      iStep: iStep, jStep: jStep, kStep: kStep)
  }

  /// The values of a block of this grid, from an array `[D, H, W]` of it.
  func cropped<Voxel: BitwiseCopyable>(_ voxels: [Voxel], to block: Box) -> [Voxel] {
    var result: [Voxel] = []
    result.reserveCapacity(block.count)
    for k in block.k {
      for j in block.j {
        let row = (k * height + j) * width
        result.append(contentsOf: voxels[(row + block.i.lowerBound)..<(row + block.i.upperBound)])
      }
    }
    return result
  }
}

extension Volume {
  /// A block of the image, which must not be empty and must lie within it. Voxels stay where they are in the patient.
  public func cropped(to block: Box) -> Volume {
    if block == geometry.box { return self }
    return Volume(geometry: geometry.cropped(to: block), voxels: geometry.cropped(voxels, to: block))
  }
}

extension LabelMap {
  /// A block of the labels, as in ``Volume/cropped(to:)``.
  public func cropped(to block: Box) -> LabelMap {
    if block == geometry.box { return self }
    return LabelMap(geometry: geometry.cropped(to: block), voxels: geometry.cropped(voxels, to: block))
  }
}
