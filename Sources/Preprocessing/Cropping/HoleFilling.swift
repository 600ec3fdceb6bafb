/// Fills holes of a mask `[D, H, W]`: background that cannot reach the array's border through 6-neighbours becomes foreground.
/// The first and last slice are border, so nothing is ever filled in a single slice.
///
/// Runs of background along W are joined with the runs they touch in the neighbouring row and slice (union-find); runs joined
/// to no border run are holes. Twin: ``fillReference(_:shape:)``.
package enum HoleFilling {
  package static func fill(_ mask: inout [Bool], shape: [Int]) {
    var runs = BackgroundRuns(mask, shape: shape)
    runs.join()
    for run in runs.holes() { for index in run { mask[index] = true } }
  }
}

/// The background of a mask as runs along the last axis.
private struct BackgroundRuns {
  private let shape: [Int]
  /// First and one past the last column of each run, row after row.
  private var columns: [Range<Int32>] = []
  /// Runs of row `r` are `rowStart[r] ..< rowStart[r + 1]`.
  private var rowStart: [Int] = [0]
  /// Union-find over runs; the last element stands for the border.
  private var parent: [Int32] = []

  init(_ mask: [Bool], shape: [Int]) {
    self.shape = shape
    let width = shape[2]
    for row in 0..<shape[0] * shape[1] {
      var column = 0
      while column < width {
        guard !mask[row * width + column] else {
          column += 1
          continue
        }
        let first = column
        while column < width, !mask[row * width + column] { column += 1 }
        columns.append(Int32(first)..<Int32(column))
      }
      rowStart.append(columns.count)
    }
    parent = (0...columns.count).map { Int32($0) }
  }

  mutating func join() {
    let (depth, height, width) = (shape[0], shape[1], Int32(shape[2]))
    for k in 0..<depth {
      for j in 0..<height {
        let row = k * height + j
        let isBorder = k == 0 || k == depth - 1 || j == 0 || j == height - 1
        for run in rowStart[row]..<rowStart[row + 1]
        where isBorder || columns[run].lowerBound == 0 || columns[run].upperBound == width {
          unite(run, columns.count)
        }
        if j > 0 { joinRows(row, row - 1) }
        if k > 0 { joinRows(row, row - height) }
      }
    }
  }

  private mutating func joinRows(_ a: Int, _ b: Int) {
    var (left, right) = (rowStart[a], rowStart[b])
    while left < rowStart[a + 1], right < rowStart[b + 1] {
      if columns[left].overlaps(columns[right]) { unite(left, right) }
      if columns[left].upperBound < columns[right].upperBound { left += 1 } else { right += 1 }
    }
  }

  private mutating func unite(_ a: Int, _ b: Int) {
    let (rootA, rootB) = (root(a), root(b))
    parent[min(rootA, rootB)] = Int32(max(rootA, rootB))
  }

  private mutating func root(_ run: Int) -> Int {
    var run = run
    while Int(parent[run]) != run {
      parent[run] = parent[Int(parent[run])]
      run = Int(parent[run])
    }
    return run
  }

  /// Index ranges of the runs that never reached the border.
  mutating func holes() -> [Range<Int>] {
    var holes: [Range<Int>] = []
    let border = root(columns.count)
    for row in 0..<rowStart.count - 1 {
      let start = row * shape[2]
      for run in rowStart[row]..<rowStart[row + 1] where root(run) != border {
        holes.append(start + Int(columns[run].lowerBound)..<start + Int(columns[run].upperBound))
      }
    }
    return holes
  }
}
