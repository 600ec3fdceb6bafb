/// How a sum over the voxels or tiles of a batch is cut: blocks within samples, and a fixed number of parts that each add up
/// consecutive blocks. A function of the shapes alone, so that results do not depend on the number of threads.
struct BatchBlocks {
  /// Sums that are made apart, and added up in order.
  let parts: Int
  private let perSample: Int
  private let size: Int
  private let blocksPerSample: Int
  private let blocks: Int

  // Threads that share the work evenly, without much memory for their sums.
  private static let mostParts = 8

  /// `samples` of `perSample` voxels or tiles, `size` at a time.
  init(samples: Int, perSample: Int, size: Int, mostParts: Int? = nil) {
    self.perSample = perSample
    self.size = size
    blocksPerSample = (perSample + size - 1) / size
    blocks = samples * blocksPerSample
    parts = max(1, min(mostParts ?? Self.mostParts, blocks))
  }

  /// The blocks of a part: sample, and which of its voxels or tiles.
  func forEach(inPart part: Int, _ body: (_ sample: Int, _ range: Range<Int>, _ isFirst: Bool) -> Void) {
    let first = blocks * part / parts
    for block in first..<blocks * (part + 1) / parts {
      let start = block % blocksPerSample * size
      body(block / blocksPerSample, start..<min(start + size, perSample), block == first)
    }
  }
}
