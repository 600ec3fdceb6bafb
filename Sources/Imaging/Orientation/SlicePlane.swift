/// The anatomical plane of a grid's slices (planes of constant `k`).
public enum SlicePlane: String, Sendable, CaseIterable {
  /// Slices stacked from feet to head.
  case axial
  /// Slices stacked from side to side.
  case sagittal
  /// Slices stacked from front to back.
  case coronal
  /// Slices whose normal is near none of the three.
  case oblique

  /// The least cosine between the slices' normal and an axis of the patient to be named after it: 0.8, about 37 degrees,
  /// the obliquity threshold that DICOM toolkits (PixelMed, GDCM) use. A head scan tilted to the canthomeatal line stays axial.
  public static let leastCosine = 0.8
}

extension Geometry {
  /// The plane of the slices, by the direction of their normal `iStep x jStep`.
  public var slicePlane: SlicePlane {
    let normal = iStep.cross(jStep)
    let cosines = normal / normal.length
    if abs(cosines.z) >= SlicePlane.leastCosine { return .axial }
    if abs(cosines.x) >= SlicePlane.leastCosine { return .sagittal }
    if abs(cosines.y) >= SlicePlane.leastCosine { return .coronal }
    return .oblique
  }
}
