package import Imaging

/// One of the three planes a scan is looked at in, by the radiological convention: the patient's right is on the viewer's
/// left, anterior is up (axial) or left (sagittal), superior is up.
package struct ViewPlane: Sendable, Equatable, Encodable {
  /// `Axial`, `Sagittal` or `Coronal`: the nearest of the three.
  package let name: String
  /// The index axis (0 `i`, 1 `j`, 2 `k`) across the plane, along which one scrolls.
  package let normal: Int
  /// Whether scrolling forward (towards Superior, Left, Anterior) goes down the index.
  package let normalReversed: Bool
  /// The index axis along the screen, left to right.
  package let across: Int
  /// Whether the screen's columns go down that index.
  package let acrossReversed: Bool
  /// The index axis down the screen, top to bottom.
  package let down: Int
  /// Whether the screen's rows go down that index.
  package let downReversed: Bool
  /// Letters at the left, right, top and bottom edge, and of the direction of scrolling forward.
  package let letters: Letters
  /// The letter of the patient axis that the position is read on (`x`, `y`, `z`).
  package let patientAxis: Int

  /// The letters at a plane's edges.
  package struct Letters: Sendable, Equatable, Encodable {
    /// At the left edge.
    package let left: String
    /// At the right edge.
    package let right: String
    /// At the top edge.
    package let top: String
    /// At the bottom edge.
    package let bottom: String
    /// Where scrolling forward leads.
    package let forward: String
  }

  /// Axial, sagittal and coronal, in this order.
  package static func planes(of geometry: Geometry) -> [ViewPlane] {
    let axes = PatientAxes(geometry)
    return [
      ViewPlane("Axial", normal: (2, false), across: (0, false), down: (1, false), axes, geometry),
      ViewPlane("Sagittal", normal: (0, false), across: (1, false), down: (2, true), axes, geometry),
      ViewPlane("Coronal", normal: (1, true), across: (0, false), down: (2, true), axes, geometry),
    ]
  }

  /// Each direction is a patient axis and whether to go against it.
  private init(
    _ name: String, normal: (axis: Int, against: Bool), across: (axis: Int, against: Bool),
    down: (axis: Int, against: Bool), _ axes: PatientAxes, _ geometry: Geometry
  ) {
    func index(_ wanted: (axis: Int, against: Bool)) -> (axis: Int, reversed: Bool) {
      (axes.indexAxis[wanted.axis], axes.isReversed[wanted.axis] != wanted.against)
    }
    func direction(_ index: (axis: Int, reversed: Bool)) -> SIMD3<Double> {
      geometry.directions[index.axis] * (index.reversed ? -1 : 1)
    }
    self.name = name
    patientAxis = normal.axis
    (self.normal, normalReversed) = index(normal)
    (self.across, acrossReversed) = index(across)
    (self.down, downReversed) = index(down)
    letters = Letters(
      left: PatientLetters.text(-direction(index(across))), right: PatientLetters.text(direction(index(across))),
      top: PatientLetters.text(-direction(index(down))), bottom: PatientLetters.text(direction(index(down))),
      forward: PatientLetters.text(direction(index(normal))))
  }
}
