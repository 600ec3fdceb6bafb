internal import Imaging

/// One frame of one file, and where it lies.
struct PlaneReference: Sendable {
  /// Index into the series' headers.
  let file: Int
  /// Index into the file's frames, from 0.
  let frame: Int
  let sopInstanceUID: String
  let instanceNumber: Int
  let position: SIMD3<Double>
  let orientation: ImageOrientation
  let pixelSpacing: SIMD2<Double>
  let rows: Int
  let columns: Int
  let frameOfReferenceUID: String
  let slope: Double
  let intercept: Double
  let thickness: (value: Double, keyword: String)?
  let distinctions: [Distinction: String]

  /// Each frame of a header that passed ``Screening``.
  static func planes(of header: DICOMHeader, file: Int) -> [PlaneReference] {
    guard let pixels = header.pixels else { return [] }
    return header.frames.enumerated().compactMap { index, frame in
      guard let position = frame.imagePositionPatient, let orientation = frame.imageOrientationPatient,
        let spacing = frame.pixelSpacing
      else { return nil }
      return PlaneReference(
        file: file, frame: index, sopInstanceUID: header.sopInstanceUID,
        instanceNumber: header.instanceNumber ?? 0, position: position, orientation: orientation,
        pixelSpacing: spacing, rows: pixels.rows, columns: pixels.columns,
        frameOfReferenceUID: header.frameOfReferenceUID, slope: frame.rescaleSlope,
        intercept: frame.rescaleIntercept, thickness: thickness(frame), distinctions: frame.distinctions)
    }
  }

  private static func thickness(_ frame: FrameHeader) -> (Double, String)? {
    if let value = frame.spacingBetweenSlices, value.isFinite, value > 0 { return (value, "SpacingBetweenSlices") }
    if let value = frame.sliceThickness, value.isFinite, value > 0 { return (value, "SliceThickness") }
    return nil
  }

  /// Whether the two can be slices of one volume.
  func isParallel(to other: PlaneReference) -> Bool {
    guard rows == other.rows, columns == other.columns, frameOfReferenceUID == other.frameOfReferenceUID else {
      return false
    }
    let relative = (pixelSpacing - other.pixelSpacing) / pixelSpacing
    guard abs(relative.x) <= GeometryTolerance.pixelSpacing, abs(relative.y) <= GeometryTolerance.pixelSpacing else {
      return false
    }
    return orientation.distance(to: other.orientation) <= GeometryTolerance.cosine
  }

  /// How the plane is named in findings: its instance, and its frame where there are several.
  var name: String {
    sopInstanceUID.isEmpty ? "file \(file + 1)" : frame > 0 ? "\(sopInstanceUID) frame \(frame + 1)" : sopInstanceUID
  }
}
