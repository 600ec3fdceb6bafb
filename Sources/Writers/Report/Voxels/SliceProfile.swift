import Imaging

/// For each index axis and each index on it: how many voxels of the plane carry a label, and how many differ from the
/// supplied mask. The page draws it under each slider, so that one sees where to look.
struct SliceProfile: Sendable, Encodable {
  /// Labelled voxels (of the model, or of the mask where the model has none) per axis `i`, `j`, `k`.
  private(set) var labelled: [[Int]]
  /// Voxels on which model and mask differ, per axis; empty without a mask.
  private(set) var different: [[Int]]

  /// Counts over `grid`.
  init(labels: LabelMap, reference: LabelMap?, agreement: Agreement, grid: DisplayGrid) {
    let counts = grid.geometry.counts
    labelled = counts.map { [Int](repeating: 0, count: $0) }
    different = reference == nil ? [] : labelled
    for k in 0..<counts[2] {
      let found = grid.slice(k, of: labels)
      let wanted = reference.map { grid.slice(k, of: $0) } ?? found
      for j in 0..<counts[1] {
        let row = j * counts[0]
        for i in 0..<counts[0] where found[row + i] != 0 || wanted[row + i] != 0 {
          let isDifferent = !agreement.holds(found[row + i], wanted[row + i])
          for (axis, index) in [(0, i), (1, j), (2, k)] {
            labelled[axis][index] += 1
            if isDifferent { different[axis][index] += 1 }
          }
        }
      }
    }
  }

  /// The voxel `[i, j, k]` of `grid` to open at: of the labelled ones the nearest to where the planes with the most labelled
  /// voxels cross; the middle of the grid when there is none.
  static func opening(_ profile: SliceProfile, labels: LabelMap, reference: LabelMap?, grid: DisplayGrid) -> [Int] {
    let wanted = profile.labelled.map(fullest)
    var best = wanted
    var least = Int.max
    for k in 0..<grid.geometry.depth where profile.labelled[2][k] > 0 {
      let found = grid.slice(k, of: labels)
      let masked = reference.map { grid.slice(k, of: $0) } ?? found
      for place in found.indices where found[place] != 0 || masked[place] != 0 {
        let index = [place % grid.geometry.width, place / grid.geometry.width, k]
        let apart = zip(index, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        if apart < least { (least, best) = (apart, index) }
      }
    }
    return best
  }

  /// The index with the highest count (of several the middle one), else the central.
  private static func fullest(_ counts: [Int]) -> Int {
    guard let most = counts.max(), most > 0 else { return counts.count / 2 }
    let best = counts.indices.filter { counts[$0] == most }
    return best[best.count / 2]
  }
}
