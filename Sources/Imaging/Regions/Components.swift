/// Which neighbours of a voxel belong to the same component.
public enum Connectivity: Sendable, CaseIterable {
  /// Those that share a face: 6, or 4 in a single slice. (nnU-Net v1, scipy's default.)
  case faces
  /// Those that share a face, an edge or a corner: 26, or 8 in a single slice. (nnU-Net v2.)
  case full
}

/// The connected components of a mask.
public struct Components: Sendable {
  /// `[D, H, W]`: 0 outside the mask, then 1, 2, ... in the order in which the components' first voxels lie in memory.
  public let numbers: [UInt32]
  /// Voxels of component 1, 2, ...
  public let sizes: [Int]

  /// The components of the voxels that are true; `mask` is `[D, H, W]` of the given shape.
  ///
  /// Runs along `i` are joined with the runs that they touch in the rows before (union-find), so that the work is nearly
  /// linear in the number of voxels. `Components.reference` is the plain twin.
  public init(of mask: [Bool], shape: [Int], connectivity: Connectivity) {
    precondition(shape.count == 3 && mask.count == shape.reduce(1, *), "the mask fills its shape [D, H, W]")
    var runs = RunTable(mask, shape: shape)
    runs.join(shape: shape, reach: connectivity == .full ? 1 : 0)
    (numbers, sizes) = runs.numbered(count: mask.count, width: shape[2])
  }

  init(numbers: [UInt32], sizes: [Int]) {
    self.numbers = numbers
    self.sizes = sizes
  }
}

/// The runs of true voxels of all rows, in memory order, and the forest that says which belong together.
private struct RunTable {
  struct Run {
    let row: Int
    let start: Int
    let end: Int
  }

  private var runs: [Run] = []
  /// `rows[r] ..< rows[r + 1]` are the runs of row `r`.
  private var rows: [Int] = [0]
  private var parents: [Int] = []

  init(_ mask: [Bool], shape: [Int]) {
    let width = shape[2]
    mask.withUnsafeBufferPointer { mask in
      for row in 0..<shape[0] * shape[1] {
        let line = UnsafeBufferPointer(rebasing: mask[row * width..<(row + 1) * width])
        var i = 0
        while i < width {
          guard line[i] else {
            i += 1
            continue
          }
          let start = i
          while i < width, line[i] { i += 1 }
          runs.append(Run(row: row, start: start, end: i))
        }
        rows.append(runs.count)
      }
    }
    parents = Array(runs.indices)
  }

  /// Joins every run with those it touches in the rows before it; `reach` 1 also across edges and corners.
  mutating func join(shape: [Int], reach: Int) {
    let (depth, height) = (shape[0], shape[1])
    for k in 0..<depth {
      for j in 0..<height {
        let row = k * height + j
        if j > 0 { join(row, row - 1, reach: reach) }
        guard k > 0 else { continue }
        join(row, row - height, reach: reach)
        if reach > 0, j > 0 { join(row, row - height - 1, reach: reach) }
        if reach > 0, j + 1 < height { join(row, row - height + 1, reach: reach) }
      }
    }
  }

  private mutating func join(_ row: Int, _ other: Int, reach: Int) {
    var (a, b) = (rows[row], rows[other])
    while a < rows[row + 1], b < rows[other + 1] {
      if runs[a].start < runs[b].end + reach, runs[b].start < runs[a].end + reach { unite(a, b) }
      if runs[a].end < runs[b].end { a += 1 } else { b += 1 }
    }
  }

  private mutating func root(_ run: Int) -> Int {
    var run = run
    while parents[run] != run {
      parents[run] = parents[parents[run]]
      run = parents[run]
    }
    return run
  }

  /// The earlier run becomes the root, so that roots stay in memory order.
  private mutating func unite(_ a: Int, _ b: Int) {
    let (first, second) = (root(a), root(b))
    if first < second { parents[second] = first } else { parents[first] = second }
  }

  mutating func numbered(count: Int, width: Int) -> ([UInt32], [Int]) {
    var numbers = [UInt32](repeating: 0, count: count)
    var sizes: [Int] = []
    var ofRoot = [UInt32](repeating: 0, count: runs.count)
    for (index, run) in runs.enumerated() {
      let root = root(index)
      if ofRoot[root] == 0 {
        sizes.append(0)
        ofRoot[root] = UInt32(sizes.count)
      }
      let number = ofRoot[root]
      sizes[Int(number) - 1] += run.end - run.start
      for place in (run.row * width + run.start)..<(run.row * width + run.end) { numbers[place] = number }
    }
    return (numbers, sizes)
  }
}
