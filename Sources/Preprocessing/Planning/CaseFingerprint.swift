public import Imaging

/// What planning needs to know of one training case. All axes are the image's own `[D, H, W]`.
///
/// Source: nnU-Net v2 `fingerprint_extractor.py`, `analyze_case`.
public struct CaseFingerprint: Sendable {
  /// Spacing, mm.
  public let spacing: [Double]
  /// Voxels after cropping to nonzero.
  public let shapeAfterCrop: [Int]
  /// Voxels after cropping to voxels before.
  public let relativeSize: Double
  /// For each channel, the values of the voxels labelled above 0, in the order of the array.
  let foreground: [[Float]]

  /// Measures a case: its channels, all on one grid, and its labels on the same. Values that are no numbers are an error.
  public init(channels: [Volume], labels: LabelMap, threads: Int = Threads.available) throws(PlanningError) {
    guard let grid = channels.first?.geometry else { throw PlanningError("a case needs at least one channel") }
    guard channels.allSatisfy({ $0.geometry.shape == grid.shape }), labels.geometry.shape == grid.shape else {
      throw PlanningError("channels and labels must have one shape; the first channel has \(grid.shape)")
    }
    spacing = grid.spacing
    let box = NonzeroRegion.box(of: channels.map { $0.voxels }, shape: grid.shape, threads: threads)
    shapeAfterCrop = box.shape
    relativeSize = Double(box.shape.reduce(1, *)) / Double(grid.count)
    let inside = AxisOrder(forward: [0, 1, 2])
    let cropped = inside.block(of: labels.voxels, shape: grid.shape, box: box)
    var foreground: [[Float]] = []
    for channel in channels {
      let values = inside.block(of: channel.voxels, shape: grid.shape, box: box)
      guard values.allSatisfy({ !$0.isNaN }) else { throw PlanningError("a channel holds values that are no numbers") }
      foreground.append(zip(values, cropped).compactMap { $1 > 0 ? $0 : nil })
    }
    self.foreground = foreground
  }
}
