import Imaging

/// How finely a page shows a scan: the best that fits its budget of bytes.
///
/// In order: every value as it is; 4096 grey levels; 256 or fewer, ever coarser; the body alone; 2 x 2 voxels as one.
struct ImageFit {
  let image: Volume
  let maps: [LabelMap]
  let isCT: Bool
  let range: IntensityRange

  /// One way to show the scan.
  struct Choice {
    let grid: DisplayGrid
    let levels: GreyLevels
  }

  /// Above this many voxels a page holds one byte a voxel, so that a browser needs no more than a few hundred megabytes.
  static let mostVoxelsOfTwoBytes = 1 << 25

  /// The lowest density that counts as body when a CT is cropped, HU: above air, below skin and the lungs' surface fat.
  private static let airHounsfield: Float = -600

  /// The first choice whose image takes at most `budget` bytes of base64. `cost(grid)` is what the label maps take on a grid.
  func best(
    budget: Int, labelCost: (DisplayGrid) throws(ReportError) -> Int
  ) throws(ReportError) -> (choice: Choice, chunks: VoxelChunks) {
    for step in 0...2 {
      let grid = grid(step)
      let left = budget - (try labelCost(grid))
      for levels in ladder(grid) where left > 0 {
        let choice = Choice(grid: grid, levels: levels)
        // The sample may err by some percent either way: what is far too large is not tried in full.
        guard Double(try estimate(choice)) < 1.05 * Double(left) else { continue }
        let chunks = try pack(choice, slices: Array(0..<grid.geometry.depth))
        if chunks.size <= left { return (choice, chunks) }
      }
    }
    throw .tooLarge(voxels: image.geometry.count, budget: budget)
  }

  /// Whole, cropped, cropped and halved.
  private func grid(_ step: Int) -> DisplayGrid {
    guard step > 0 else { return DisplayGrid(whole: image.geometry) }
    return DisplayGrid(image.geometry, box: BodyBox.box(of: image, above: air, and: maps), reduction: step)
  }

  private var air: Float { isCT ? Self.airHounsfield : range.dark }

  /// Ever coarser grey levels.
  private func ladder(_ grid: DisplayGrid) -> [GreyLevels] {
    let mayTakeTwo = grid.geometry.count <= Self.mostVoxelsOfTwoBytes
    return (isCT ? hounsfieldLadder() : evenLadder()).filter { mayTakeTwo || $0.bytes == 1 }
  }

  private func hounsfieldLadder() -> [GreyLevels] {
    let low = Int(max(-1024, range.lowest.rounded(.down)))
    let high = Int(min(3071, max(Float(low), range.highest.rounded(.up))))
    let exact = range.isWhole && range.lowest >= -1024 && range.highest <= 3071
    return [GreyLevels.whole(from: low, to: high, exact: exact), .whole(from: low, to: high, step: 2, exact: false)]
      + [4, 6, 8, 12, 16].map { GreyLevels.hounsfield(fine: $0) }
  }

  private func evenLadder() -> [GreyLevels] {
    let span = range.highest - range.lowest
    if range.isWhole, span < 4096, abs(range.lowest) < 1e6 {
      let low = Int(range.lowest)
      let exact = GreyLevels.whole(from: low, to: Int(range.highest), exact: true)
      return [exact] + coarse(below: exact.count)
    }
    // The brightest half per mille is cut off only when it would take half of the levels for itself.
    let top = range.nearlyAll - range.lowest < span / 2 ? range.nearlyAll : range.highest
    return [.even(from: Double(range.lowest), to: Double(top), count: 4096)] + coarse(below: 4096)
  }

  private func coarse(below count: Int) -> [GreyLevels] {
    [256, 128, 64, 32].filter { $0 < count }
      .map { .even(from: Double(range.lowest), to: Double(range.nearlyAll), count: $0) }
  }

  /// Bytes that all slices would take, from every few of them.
  private func estimate(_ choice: Choice) throws(ReportError) -> Int {
    let depth = choice.grid.geometry.depth
    let every = max(1, depth / 12)
    let slices = Array(stride(from: every / 2, to: depth, by: every))
    return try pack(choice, slices: slices).size * depth / slices.count
  }

  private func pack(_ choice: Choice, slices: [Int]) throws(ReportError) -> VoxelChunks {
    let (grid, levels) = (choice.grid, choice.levels)
    return try VoxelChunks.packed(
      depth: slices.count, sliceSize: grid.geometry.width * grid.geometry.height, bytesPerCode: levels.bytes
    ) { place in
      let codes = grid.slice(slices[place], of: image).map(levels.code)
      return ResidualCoding.image(codes, width: grid.geometry.width, bytes: levels.bytes)
    }
  }
}
