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
  /// For each channel, the voxels labelled above 0.
  private(set) var foreground: [Foreground]

  /// The foreground of one channel.
  enum Foreground: Sendable {
    /// Every voxel, in the order of the array.
    case voxels([Float])
    /// What was drawn of them, in the order of drawing: less than all of a large foreground.
    case samples([Float])

    var values: [Float] {
      switch self {
      case .voxels(let values), .samples(let values): values
      }
    }
  }

  /// Measures a case: its channels, all on one grid, and its labels on the same. Values that are no numbers are an error.
  public init(channels: [Volume], labels: LabelMap, threads: Int = Threads.available) throws(PlanningError) {
    guard let grid = channels.first?.geometry else { throw PlanningError("a case needs at least one channel") }
    guard channels.allSatisfy({ $0.geometry.shape == grid.shape }), labels.geometry.shape == grid.shape else {
      throw PlanningError("channels and labels must have one shape; the first channel has \(grid.shape)")
    }
    spacing = grid.exactSpacing
    let box = NonzeroRegion.box(of: channels.map { $0.voxels }, shape: grid.shape, threads: threads)
    shapeAfterCrop = box.shape
    relativeSize = Double(box.shape.reduce(1, *)) / Double(grid.count)
    let inside = AxisOrder(forward: [0, 1, 2])
    let cropped = inside.block(of: labels.voxels, shape: grid.shape, box: box)
    var foreground: [Foreground] = []
    for channel in channels {
      let values = inside.block(of: channel.voxels, shape: grid.shape, box: box)
      guard values.allSatisfy({ !$0.isNaN }) else { throw PlanningError("a channel holds values that are no numbers") }
      foreground.append(.voxels(zip(values, cropped).compactMap { $1 > 0 ? $0 : nil }))
    }
    self.foreground = foreground
  }

  /// The same with at most `samples` values a channel, which bounds the memory of a large data set and changes no statistic: a
  /// larger foreground is replaced by what would be drawn of it.
  public func limited(to samples: Int) -> CaseFingerprint {
    var result = self
    for channel in foreground.indices {
      guard case .voxels(let values) = foreground[channel], values.count > samples else { continue }
      var draw = ForegroundDraw(count: values.count, channel: channel, perCase: samples)
      result.foreground[channel] = .samples((0..<samples).map { _ in values[draw.next()] })
    }
    return result
  }
}
