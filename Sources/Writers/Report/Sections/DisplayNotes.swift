import Imaging

/// Sentences on how the page's pictures differ from the scan itself.
struct DisplayNotes {
  let choice: ImageFit.Choice
  let source: Volume
  let unit: String

  /// Below this angle, degrees, a grid counts as straight: half a voxel's error over a hundred voxels.
  private static let straight = 0.3

  var sentences: [String] { [levels, box, reduction, oblique, shear].compactMap { $0 } }

  private var levels: String {
    let levels = choice.levels
    if levels.isExact { return "Every voxel is shown with its exact value." }
    let steps = levels.runs.filter { $0.count > 1 }.map {
      "\(number($0.step)) from \(number($0.start)) to \(number($0.end - $0.step))"
    }
    return "Values are shown in steps of \(steps.joined(separator: ", "))\(unit.isEmpty ? "" : " \(unit)"); "
      + "what lies outside is shown as the nearest. The files beside this page keep every value."
  }

  private var box: String? {
    let whole = DisplayGrid(whole: source.geometry).box
    guard choice.grid.box != whole else { return nil }
    let ranges = zip(["columns", "rows", "slices"], choice.grid.box).map {
      "\($0) \($1.lowerBound + 1) to \($1.upperBound)"
    }
    return
      "To keep the page small only the body is shown: \(ranges.joined(separator: ", ")) of \(shape(source.geometry))."
  }

  private var reduction: String? {
    guard choice.grid.reduction > 1 else { return nil }
    return "To keep the page small each pixel stands for 2 x 2 voxels of a slice; a label on any of the four is shown."
  }

  private var oblique: String? {
    let tilt = PatientAxes(source.geometry).tilt
    guard tilt > Self.straight else { return nil }
    return "The slices are oblique, \(Decimal.text(tilt, places: 1)) degrees from the patient's axes; "
      + "each plane is named after the nearest one and drawn as acquired."
  }

  private var shear: String? {
    let shear = PatientAxes(source.geometry).shear
    guard shear > Self.straight else { return nil }
    return
      "The gantry was tilted by \(Decimal.text(shear, places: 1)) degrees; planes across the slices are drawn without the tilt."
  }

  private func shape(_ geometry: Geometry) -> String { geometry.counts.map(String.init).joined(separator: " x ") }

  private func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9
      ? String(Int(value)) : Decimal.text(value, places: abs(value) < 10 ? 3 : 1)
  }
}
