package import Imaging

/// What values a scan has: enough to choose grey levels and a window.
package struct IntensityRange: Sendable, Equatable {
  /// Smallest and largest finite value.
  package let lowest: Float, highest: Float
  /// Half a percent of the voxels above the lowest value lie below this one, and half a percent above the other.
  package let dark: Float, bright: Float
  /// One voxel in two thousand lies above.
  package let nearlyAll: Float
  /// Whether every value is a whole number.
  package let isWhole: Bool

  private static let bins = 4096

  /// Three passes over the voxels: the range, a histogram of it, and a finer histogram of what a few outliers leave.
  package init(_ volume: Volume) {
    var low = Float.infinity
    var high = -Float.infinity
    var whole = true
    for value in volume.voxels where value.isFinite {
      low = min(low, value)
      high = max(high, value)
      if value != value.rounded() { whole = false }
    }
    guard low <= high else {
      (lowest, highest, dark, bright, nearlyAll, isWhole) = (0, 0, 0, 0, 0, true)
      return
    }
    lowest = low
    highest = high
    isWhole = whole
    let coarse = Self.histogram(volume, from: low, to: high)
    // One bin up, so that the fine histogram's end lies above the quantile.
    let top = min(high, Self.quantile(coarse, 0.9995, from: low, to: high) + (high - low) / Float(Self.bins))
    let fine = Self.histogram(volume, from: low, to: top)
    nearlyAll = high == low ? high : Self.quantile(fine, 0.9995, from: low, to: top)
    var foreground = fine
    foreground[0] = 0
    let hasForeground = foreground.contains { $0 > 0 }
    dark = hasForeground ? Self.quantile(foreground, 0.005, from: low, to: top) : low
    bright = hasForeground ? Self.quantile(foreground, 0.995, from: low, to: top) : high
  }

  private static func histogram(_ volume: Volume, from low: Float, to high: Float) -> [Int] {
    var counts = [Int](repeating: 0, count: bins)
    let scale = high > low ? Float(bins) / (high - low) : 0
    guard scale.isFinite else { return counts }
    for value in volume.voxels where value.isFinite {
      counts[max(0, min(bins - 1, Int(min((value - low) * scale, Float(bins)))))] += 1
    }
    return counts
  }

  /// The upper edge of the bin in which the running count passes `share` of all.
  private static func quantile(_ counts: [Int], _ share: Double, from low: Float, to high: Float) -> Float {
    let wanted = Double(counts.reduce(0, +)) * share
    var seen = 0
    for (bin, count) in counts.enumerated() {
      seen += count
      if Double(seen) >= wanted, seen > 0 { return low + (high - low) * Float(bin + 1) / Float(bins) }
    }
    return high
  }
}
