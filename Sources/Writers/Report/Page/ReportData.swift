import Imaging

/// What the page's script reads, as JSON. Index axes are 0 `i`, 1 `j`, 2 `k` of the shown grid.
struct ReportData: Encodable {
  /// A group of slices, packed.
  struct Packed: Encodable {
    let bytes: Int
    let slicesPerChunk: Int
    let chunks: Int

    init(_ chunks: VoxelChunks) {
      bytes = chunks.bytesPerCode
      slicesPerChunk = chunks.slicesPerChunk
      self.chunks = chunks.texts.count
    }
  }

  /// A label, in the order of the codes 1, 2, ...
  struct Label: Encodable {
    let name: String
    let colour: String
    /// Codes of the labels that a mask's number stands for together.
    let members: [Int]?
  }

  /// A window to choose.
  struct Window: Encodable {
    let name: String
    let level: Double
    let width: Double
  }

  let size: [Int]
  let spacing: [Double]
  let origin: [Double]
  let steps: [[Double]]
  let planes: [ViewPlane]
  let opening: [Int]
  let profile: SliceProfile
  let image: Packed
  let levels: [GreyLevels.Run]
  let unit: String
  let windows: [Window]
  let labels: [Label]
  let model: Packed
  let reference: Packed?
  let summary: String
}
