/// The windows a page offers; the first is the one it opens with.
enum DisplayWindows {
  /// Percentiles, the whole range, and the usual presets for CT (HU).
  static func choices(isCT: Bool, range: IntensityRange) -> [ReportData.Window] {
    let percentiles = window("Percentiles", from: range.dark, to: range.bright)
    let all = window("Full range", from: range.lowest, to: range.highest)
    guard isCT else { return [renamed(percentiles, "Automatic"), all] }
    let presets: [(String, Double, Double)] = [
      ("Soft tissue", 40, 400), ("Lung", -600, 1500), ("Bone", 400, 1800), ("Brain", 40, 80), ("Liver", 80, 150),
      ("Mediastinum", 50, 350),
    ]
    return presets.map { ReportData.Window(name: $0.0, level: $0.1, width: $0.2) } + [percentiles, all]
  }

  private static func renamed(_ window: ReportData.Window, _ name: String) -> ReportData.Window {
    ReportData.Window(name: name, level: window.level, width: window.width)
  }

  private static func window(_ name: String, from low: Float, to high: Float) -> ReportData.Window {
    let width = max(Double(high) - Double(low), 1e-6)
    return ReportData.Window(name: name, level: (Double(low) + Double(high)) / 2, width: width)
  }
}
