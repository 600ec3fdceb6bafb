package import Imaging

/// Which values are black and which are white.
package struct GreyWindow: Equatable {
  package let black: Float
  package let white: Float

  /// 0...1 within the window, clamped; NaN is black.
  @inline(__always)
  package func grey(_ value: Float) -> Float {
    guard value > black else { return 0 }
    return min(1, (value - black) / (white - black))
  }

  /// The radiologists' usual windows for CT (Hounsfield units) by the median of what is segmented: lung, soft tissue or bone;
  /// for everything else the 1st to 99.5th percentile of the voxels above the image's smallest value, which is most often
  /// air or padding.
  package init(for image: Volume, labels: LabelMap, modality: String) {
    if modality == "CT" {
      let inside = Self.sample(image.voxels) { labels.voxels[$0] != 0 }.sorted()
      switch inside.isEmpty ? 0 : inside[inside.count / 2] {
      case ..<(-300): self.init(black: -1350, white: 150)
      case 300...: self.init(black: -500, white: 1300)
      default: self.init(black: -160, white: 240)
      }
      return
    }
    let least = image.voxels.reduce(Float.infinity) { $1.isFinite && $1 < $0 ? $1 : $0 }
    let values = Self.sample(image.voxels) { image.voxels[$0] > least && image.voxels[$0] < .infinity }.sorted()
    guard let first = values.first, let last = values.last else {
      self.init(black: least.isFinite ? least : 0, white: (least.isFinite ? least : 0) + 1)
      return
    }
    let (low, high) = (values[values.count / 100], values[Int(Double(values.count - 1) * 0.995)])
    let (black, white) = high > low ? (low, high) : (min(least, first), last)
    self.init(black: black, white: white > black ? white : black + max(1, abs(black)))
  }

  package init(black: Float, white: Float) {
    self.black = black
    self.white = white
  }

  /// At most about a million of the chosen values, evenly spaced in memory.
  private static func sample(_ values: [Float], where isChosen: (Int) -> Bool) -> [Float] {
    let step = values.count / 1_000_000 + 1
    return stride(from: 0, to: values.count, by: step).compactMap { isChosen($0) ? values[$0] : nil }
  }
}
