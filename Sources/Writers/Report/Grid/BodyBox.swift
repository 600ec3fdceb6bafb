import Imaging

/// The box of a scan that holds the body.
enum BodyBox {
  /// Empty voxels kept round the body on each side.
  private static let margin = 4

  /// Index ranges along `i`, `j`, `k` outside of which every voxel of `image` is at most `air` and every label is 0; the
  /// whole grid where nothing lies above `air`.
  static func box(of image: Volume, above air: Float, and maps: [LabelMap]) -> [Range<Int>] {
    let geometry = image.geometry
    var filled = geometry.counts.map { [Bool](repeating: false, count: $0) }
    for k in 0..<geometry.depth {
      for j in 0..<geometry.height {
        let row = (k * geometry.height + j) * geometry.width
        var any = false
        for i in 0..<geometry.width
        where image.voxels[row + i] > air || maps.contains(where: { $0.voxels[row + i] != 0 }) {
          filled[0][i] = true
          any = true
        }
        guard any else { continue }
        filled[1][j] = true
        filled[2][k] = true
      }
    }
    return filled.map(range)
  }

  private static func range(_ filled: [Bool]) -> Range<Int> {
    guard let first = filled.firstIndex(of: true), let last = filled.lastIndex(of: true) else {
      return 0..<filled.count
    }
    return max(0, first - margin)..<min(filled.count, last + 1 + margin)
  }
}
