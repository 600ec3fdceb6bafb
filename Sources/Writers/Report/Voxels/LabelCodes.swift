import Imaging

/// The labels that a page shows, numbered 1, 2, 3, ... without gaps; 0 is background.
struct LabelCodes: Sendable {
  /// The label of each code; the first is 0.
  let values: [UInt16]
  private let codes: [UInt16]

  /// The named labels in their order, then those that stand in a map without a name, ascending.
  init(named: [UInt16], maps: [LabelMap]) {
    var present = [Bool](repeating: false, count: 1 << 16)
    for map in maps {
      var last: UInt16 = 0
      for value in map.voxels where value != last {
        present[Int(value)] = true
        last = value
      }
    }
    present[0] = false
    var values: [UInt16] = [0]
    var codes = [UInt16](repeating: 0, count: 1 << 16)
    for value in named + present.indices.filter({ present[$0] }).map(UInt16.init)
    where value != 0 && codes[Int(value)] == 0 {
      codes[Int(value)] = UInt16(values.count)
      values.append(value)
    }
    self.values = values
    self.codes = codes
  }

  /// Bytes of a code: 1 or 2.
  var bytes: Int { values.count <= 256 ? 1 : 2 }

  /// The code of a label.
  func code(_ value: UInt16) -> UInt16 { codes[Int(value)] }

  /// The slices of `map` on `grid`, packed.
  func packed(_ map: LabelMap, on grid: DisplayGrid) throws(ReportError) -> VoxelChunks {
    let (width, height) = (grid.geometry.width, grid.geometry.height)
    return try VoxelChunks.packed(depth: grid.geometry.depth, sliceSize: width * height, bytesPerCode: bytes) { k in
      let slice = grid.slice(k, of: map)
      guard slice.contains(where: { $0 != 0 }) else { return nil }
      return ResidualCoding.labels(slice.map(code), width: width, bytes: bytes)
    }
  }
}
