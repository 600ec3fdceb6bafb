import Synchronization

/// The region of an image that holds anything: voxels that differ from exactly zero in any channel, with holes filled.
///
/// Source: nnU-Net v2 `preprocessing/cropping/cropping.py`.
enum NonzeroRegion {
  /// The tight box around all nonzero voxels of all channels, each of shape `shape`; the whole array when everything is zero.
  /// Filling holes cannot change it: a hole lies inside.
  static func box(of channels: [[Float]], shape: [Int], threads: Int) -> CropBox {
    let found = Mutex<CropBox?>(nil)
    Threads.forEach(shape[0], threads: threads) { slice in
      guard let rows = rowsAndColumns(of: channels, slice: slice, shape: shape) else { return }
      let box = CropBox(
        lower: [slice, rows.lower[0], rows.lower[1]], upper: [slice + 1, rows.upper[0], rows.upper[1]])
      found.withLock { $0 = $0.map { $0.union(box) } ?? box }
    }
    return found.withLock { $0 } ?? CropBox(whole: shape)
  }

  /// Rows and columns of one slice that hold anything, as the last two axes of a box; nil when it is all zero.
  private static func rowsAndColumns(of channels: [[Float]], slice: Int, shape: [Int]) -> CropBox? {
    let (height, width) = (shape[1], shape[2])
    var (top, bottom, left, right) = (height, 0, width, 0)
    for channel in channels {
      channel.withUnsafeBufferPointer { voxels in
        for row in 0..<height {
          let start = (slice &* height &+ row) &* width
          guard let first = (0..<width).first(where: { voxels[start &+ $0] != 0 }) else { continue }
          (top, bottom, left) = (min(top, row), max(bottom, row + 1), min(left, first))
          var last = width
          while last > right, voxels[start &+ last &- 1] == 0 { last -= 1 }
          right = max(right, last)
        }
      }
    }
    return top < bottom ? CropBox(lower: [top, left], upper: [bottom, right]) : nil
  }

  /// Marks the voxels of one channel that differ from zero; a mask of all channels still has holes.
  static func mark(_ voxels: [Float], in mask: inout [Bool]) {
    for index in mask.indices where voxels[index] != 0 { mask[index] = true }
  }
}

extension CropBox {
  /// The smallest box around both.
  func union(_ other: CropBox) -> CropBox {
    CropBox(
      lower: zip(lower, other.lower).map { min($0, $1) }, upper: zip(upper, other.upper).map { max($0, $1) })
  }
}
