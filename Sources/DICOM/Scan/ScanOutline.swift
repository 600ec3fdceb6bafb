public import Imaging

/// What a series' headers say of one of its volumes before any pixel is read: all that rules ask of a ``Scan``.
public struct ScanOutline: Sendable {
  /// The grid that the volume will have.
  public let geometry: Geometry
  /// The attributes of the volume's first instance, without what identifies the patient.
  public let attributes: DICOMAttributes
  /// StudyInstanceUID (0020,000D); empty when the files have none.
  public let studyInstanceUID: String
  /// FrameOfReferenceUID (0020,0052); empty when the files have none.
  public let frameOfReferenceUID: String
  /// The attributes that set this volume apart from the series' others, by keyword; empty when it is the only one.
  public let separatedBy: [String: String]
}

extension Assembly {
  /// One outline for each volume, in the order in which ``Conversion`` makes them.
  public func outlines(limits: DICOMLimits = DICOMLimits()) throws(DICOMError) -> [ScanOutline] {
    var outlines: [ScanOutline] = []
    for stack in stacks {
      let first = series.headers[stack.planes[0].file]
      var attributes = try DICOMAttributes(first.file, limits: limits)
      attributes.set(stack.separatedBy)
      outlines.append(
        ScanOutline(
          geometry: stack.geometry, attributes: attributes, studyInstanceUID: series.studyInstanceUID,
          frameOfReferenceUID: first.frameOfReferenceUID,
          separatedBy: Dictionary(uniqueKeysWithValues: stack.separatedBy.map { ($0.key.rawValue, $0.value) })))
    }
    return outlines
  }
}
