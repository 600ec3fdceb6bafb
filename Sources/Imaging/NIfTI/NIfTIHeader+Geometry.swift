extension NIfTIHeader {
  /// How far a direction matrix times its transpose may be from the identity and still count as right-angled; ITK's own
  /// number for the same decision (`itkNiftiImageIO.cxx`).
  static let orthogonality = 1e-4
  /// How far two transforms' entries may differ (mm) and still count as the same; ITK's number again.
  static let similarity = 1e-4

  /// The grid in LPS millimetres, by the rule that ITK 5.4 (SimpleITK 2.5, hence nnU-Net) follows:
  ///
  /// - spacing is always `pixdim[1...3]`; directions and origin come from one of the transforms;
  /// - neither `qform_code` nor `sform_code` set: the axes are L, P, S and the origin is 0;
  /// - the sform, if right-angled and (no qform, or `sform_code` is 1 (scanner), or both say the same);
  /// - otherwise the qform;
  /// - a skewed sform without a qform (ITK refuses it) is taken as it is, columns and all, so that a sheared grid survives.
  func geometry(file: String) throws(NIfTIError) -> Geometry {
    let spacing = try self.spacing(file: file)
    let (columns, origin) = chosenColumns(spacing: spacing)
    var steps: [SIMD3<Double>] = []
    for axis in 0..<3 {
      let column = axis == 2 && columns[2].length == 0 && size[2] == 1 ? columns[0].cross(columns[1]) : columns[axis]
      guard column.length > 0, column.length.isFinite else {
        throw NIfTIError(.damaged, file, "the transform gives axis \(axis + 1) no direction (\(columns[axis]))")
      }
      steps.append(column / column.length * spacing[axis] * millimetres)
    }
    if isSkewed(columns), qformCode <= 0 {
      steps = columns.map { Self.flip($0) * millimetres }
    } else if hasTransform {
      steps = steps.map { Self.flip($0) }
    }
    let place = hasTransform ? Self.flip(origin) * millimetres : SIMD3(repeating: 0)
    let geometry = Geometry(
      width: size[0], height: size[1], depth: size[2], origin: place, iStep: steps[0], jStep: steps[1], kStep: steps[2])
    guard geometry.voxelVolume.isFinite, geometry.voxelVolume > 0, place.length.isFinite else {
      throw NIfTIError(.damaged, file, "the transform is flat or not finite: origin \(place), steps \(steps)")
    }
    return geometry
  }

  private var hasTransform: Bool { qformCode > 0 || sformCode > 0 }

  private func isSkewed(_ columns: [SIMD3<Double>]) -> Bool { !Self.isRightAngled(columns) }

  /// `pixdim[1...3]`; an axis of one voxel may leave its own at 0, which is read as 1.
  private func spacing(file: String) throws(NIfTIError) -> [Double] {
    var spacing: [Double] = []
    for axis in 1...3 {
      let value = size[axis - 1] == 1 && pixdim[axis] == 0 ? 1 : pixdim[axis]
      guard value > 0, value.isFinite else {
        throw NIfTIError(.damaged, file, "pixdim[\(axis)] is \(pixdim[axis]); a voxel's length is positive")
      }
      spacing.append(value)
    }
    return spacing
  }

  /// Columns and origin of the transform that counts, in NIfTI's frame (RAS).
  private func chosenColumns(spacing: [Double]) -> ([SIMD3<Double>], SIMD3<Double>) {
    guard hasTransform else { return ([SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)], SIMD3(repeating: 0)) }
    let sform = (
      (0..<3).map { SIMD3(srows[0][$0], srows[1][$0], srows[2][$0]) }, SIMD3(srows[0][3], srows[1][3], srows[2][3])
    )
    let qform = (zip(rotation, spacing).map { $0 * $1 }, qoffset)
    guard sformCode > 0 else { return qform }
    guard qformCode > 0 else { return sform }
    guard Self.isRightAngled(sform.0) else { return qform }
    let same = zip(sform.0 + [sform.1], qform.0 + [qform.1]).allSatisfy { pair in
      let difference = pair.0 - pair.1
      return max(abs(difference.x), abs(difference.y), abs(difference.z)) <= Self.similarity
    }
    return sformCode == 1 || same ? sform : qform
  }

  /// Columns of the rotation that the quaternion stands for, the third turned over where `pixdim[0]` (qfac) is negative.
  /// nifti1.h, "Method 2".
  private var rotation: [SIMD3<Double>] {
    var vector = quaternion
    let rest = 1 - vector.dot(vector)
    // As nifti1_io does: a vector part of length 1 or more is brought to length 1, a half turn.
    let a = rest < 1e-7 ? 0 : rest.squareRoot()
    if a == 0 { vector /= vector.length }
    let (b, c, d) = (vector.x, vector.y, vector.z)
    let qfac: Double = pixdim[0] < 0 ? -1 : 1
    return [
      SIMD3(a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)),
      SIMD3(2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)),
      qfac * SIMD3(2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c),
    ]
  }

  /// Whether the columns are at right angles to each other, whatever their lengths.
  static func isRightAngled(_ columns: [SIMD3<Double>]) -> Bool {
    let units = columns.map { $0.length > 0 ? $0 / $0.length : $0 }
    return abs(units[0].dot(units[1])) <= orthogonality && abs(units[1].dot(units[2])) <= orthogonality
      && abs(units[2].dot(units[0])) <= orthogonality
  }

  /// RAS to LPS and back.
  static func flip(_ position: SIMD3<Double>) -> SIMD3<Double> { SIMD3(-position.x, -position.y, position.z) }
}
