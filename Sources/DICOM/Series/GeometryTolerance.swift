internal import Imaging

/// What counts as equal when slices are put together.
enum GeometryTolerance {
  /// Largest difference of a direction cosine within one volume. Files carry 6 or more digits; 1e-3 moves a voxel 250 mm from
  /// the first by a quarter of a millimetre, less than any voxel here.
  static let cosine = 1e-3
  /// Cosines must be unit vectors at right angles to this; files with 4 digits pass.
  static let orthonormal = 1e-3
  /// Relative difference of PixelSpacing within one volume: a tenth of a voxel over 1000 columns.
  static let pixelSpacing = 1e-4
  /// Slices closer than this along the normal, mm, share a position; micro-CT slices are four times as far apart.
  static let samePosition = 0.005
  /// Neighbouring distances may differ from the step by this fraction of it ...
  static let stepFraction = 0.01
  /// ... or by this, mm: positions are often rounded to 0.01 mm.
  static let step = 0.011
  /// No slice may lie further from its place on the regular grid than this fraction of the step.
  static let gridFraction = 0.1
  /// No slice may lie further beside the line through the first and the last than this, mm.
  static let line = 0.1
  /// A stack that leans by less, degrees, is not called tilted: 0.1 degrees is half a millimetre over 300 mm of slices. The volume's
  /// geometry keeps the lean in any case.
  static let tilt = 0.1

  // What a place in a patient can be. Numbers beyond these are damage or malice, and would overflow what is computed from them.

  /// Largest coordinate of ImagePositionPatient, mm: a kilometre.
  static let farthest = 1e6
  /// Distances between pixels and between slices, mm: a hundredth of a micrometre to ten metres.
  static let distances = 1e-5...1e4
  /// Most orientations or matrices in one series that are told apart; a radial scan has a few hundred.
  static let mostOrientations = 1024
}

extension ImageOrientation {
  /// Whether row and column are unit vectors at right angles.
  var isOrthonormal: Bool {
    let tolerance = GeometryTolerance.orthonormal
    return abs(row.length - 1) < tolerance && abs(column.length - 1) < tolerance && abs(row.dot(column)) < tolerance
  }
}
