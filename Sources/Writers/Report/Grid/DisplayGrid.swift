package import Imaging

/// The part of a scan's grid that a page carries, and how finely: a box of voxels, taken one by one or, for scans that are
/// too large, two by two in the plane of the slices.
package struct DisplayGrid: Sendable, Equatable {
  /// Index ranges of the box along `i`, `j`, `k`.
  package let box: [Range<Int>]
  /// 1, or 2 when each shown pixel stands for 2 x 2 voxels of a slice.
  package let reduction: Int
  /// Where the shown pixels lie.
  package let geometry: Geometry

  /// The whole of `geometry`, voxel by voxel.
  package init(whole geometry: Geometry) { self.init(geometry, box: geometry.counts.map { 0..<$0 }, reduction: 1) }

  /// `box` of `geometry`; with `reduction` 2 an odd last row or column is left out, unless it is the only one.
  package init(_ geometry: Geometry, box: [Range<Int>], reduction: Int) {
    self.box = box
    self.reduction = reduction
    // The centre of a block of n voxels lies (n - 1) / 2 steps from its first voxel.
    let centre = Double(reduction - 1) / 2
    self.geometry = Geometry(
      width: max(1, box[0].count / reduction), height: max(1, box[1].count / reduction), depth: box[2].count,
      origin: geometry.position(
        i: Double(box[0].lowerBound) + centre, j: Double(box[1].lowerBound) + centre, k: Double(box[2].lowerBound)),
      iStep: geometry.iStep * Double(reduction), jStep: geometry.jStep * Double(reduction), kStep: geometry.kStep)
  }

  /// Slice `k` of the grid out of `volume`, row-major `[H, W]`: the mean of each block.
  package func slice(_ k: Int, of volume: Volume) -> [Float] {
    slice(k, of: volume.voxels, source: volume.geometry) { block in
      block.count == 1 ? block[0] : block.reduce(0, +) / Float(block.count)
    }
  }

  /// Slice `k` of the grid out of `map`, row-major `[H, W]`: of each block the first voxel that is not background, so that
  /// nothing found disappears.
  package func slice(_ k: Int, of map: LabelMap) -> [UInt16] {
    slice(k, of: map.voxels, source: map.geometry) { block in block.first { $0 != 0 } ?? 0 }
  }

  private func slice<Value>(
    _ k: Int, of voxels: [Value], source: Geometry, joined: ([Value]) -> Value
  ) -> [Value] {
    let base = (k + box[2].lowerBound) * source.height
    var result: [Value] = []
    result.reserveCapacity(geometry.width * geometry.height)
    for j in 0..<geometry.height {
      let row = (base + box[1].lowerBound + j * reduction) * source.width + box[0].lowerBound
      if reduction == 1 {
        result.append(contentsOf: voxels[row..<row + geometry.width])
        continue
      }
      let rows = min(reduction, box[1].count - j * reduction)
      for i in 0..<geometry.width {
        let columns = min(reduction, box[0].count - i * reduction)
        var block: [Value] = []
        for v in 0..<rows { block += voxels[(row + v * source.width + i * reduction)...].prefix(columns) }
        result.append(joined(block))
      }
    }
    return result
  }
}
