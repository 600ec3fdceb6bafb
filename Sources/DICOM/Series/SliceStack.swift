import Imaging

/// Slices in the order of their positions along the normal, with what is wrong about their order.
struct SliceStack: Sendable {
  /// Ascending along the normal.
  var slices: [SliceHeader]
  /// Where planes are missing: after which slice, and how many.
  var gaps: [(after: Int, missing: Int)] = []
  /// Duplicates that were dropped.
  var dropped: [(path: String, reason: String)] = []

  /// Slices closer than this lie at the same position, mm: positions are written with a precision of micrometres.
  static let samePosition = 1e-3
  /// Steps may differ from the median by this share of it: scanners round positions to 0.01 mm or so.
  static let stepTolerance = 0.01
  /// Direction cosines of slices of one stack agree to this.
  static let orientationTolerance = 1e-3

  init(_ headers: [SliceHeader]) throws(StackRefusal) {
    slices = headers
    try checkAgreement()
    let normal = slices[0].normal
    slices.sort { ($0.position.dot(normal), $0.path) < ($1.position.dot(normal), $1.path) }
    try dropDuplicates(normal)
    try findGaps(normal)
  }

  /// The grid, missing planes included.
  var geometry: Geometry {
    let (first, last) = (slices[0], slices[slices.count - 1])
    let planes = slices.count + gaps.reduce(0) { $0 + $1.missing }
    let step =
      planes > 1
      ? (last.position - first.position) / Double(planes - 1) : first.normal * (first.sliceSpacing ?? 1)
    return Geometry(
      width: first.columns, height: first.rows, depth: planes, origin: first.position,
      iStep: first.rowDirection * first.pixelSpacing.column, jStep: first.columnDirection * first.pixelSpacing.row,
      kStep: step)
  }

  private func checkAgreement() throws(StackRefusal) {
    let first = slices[0]
    let turned = slices.filter {
      ($0.rowDirection - first.rowDirection).length > Self.orientationTolerance
        || ($0.columnDirection - first.columnDirection).length > Self.orientationTolerance
    }
    guard turned.isEmpty else {
      throw StackRefusal(
        message: "several orientations in one series (a localizer, or mixed planes): ImageOrientationPatient (0020,0037) of "
          + "\(turned.count) of \(slices.count) slices differs from that of \(first.path)",
        files: turned.map { ($0.path, "another ImageOrientationPatient") })
    }
    let other = slices.filter {
      $0.rows != first.rows || $0.columns != first.columns || $0.pixelSpacing != first.pixelSpacing
    }
    guard other.isEmpty else {
      throw StackRefusal(
        message: "Rows, Columns or PixelSpacing of \(other.count) of \(slices.count) slices differ from \(first.path)",
        files: other.map { ($0.path, "\($0.columns) x \($0.rows) pixels of \($0.pixelSpacing.column) x \($0.pixelSpacing.row) mm") })
    }
  }

  /// Of slices at one position the first is kept if all are the same file or the same instance; else the series is refused.
  private mutating func dropDuplicates(_ normal: SIMD3<Double>) throws(StackRefusal) {
    var kept: [SliceHeader] = []
    var different: [(path: String, reason: String)] = []
    for slice in slices {
      guard let last = kept.last, (slice.position - last.position).length < Self.samePosition else {
        kept.append(slice)
        continue
      }
      if slice.instance.sha256 == last.instance.sha256 {
        dropped.append((slice.path, "the same as \(last.path)"))
      } else {
        different.append((slice.path, "at the same position as \(last.path), with other contents"))
      }
    }
    guard different.isEmpty else {
      throw StackRefusal(
        message: "\(different.count) slices lie where another one lies (ImagePositionPatient (0020,0032)): duplicates with "
          + "other contents, or several volumes in one series, which are not told apart yet",
        files: different)
    }
    slices = kept
  }

  private mutating func findGaps(_ normal: SIMD3<Double>) throws(StackRefusal) {
    let steps = zip(slices, slices.dropFirst()).map { $1.position - $0.position }
    guard !steps.isEmpty else { return }
    let lengths = steps.map { $0.dot(normal) }
    let median = lengths.sorted()[(lengths.count - 1) / 2]
    var odd: [(path: String, reason: String)] = []
    for (index, length) in lengths.enumerated() {
      let multiple = (length / median).rounded()
      if abs(length - multiple * median) > Self.stepTolerance * median * max(1, multiple) || multiple < 1 {
        odd.append((slices[index + 1].path, "\(length) mm after the slice before it, the others \(median) mm"))
      } else if multiple > 1 {
        gaps.append((index, Int(multiple) - 1))
      }
    }
    guard odd.isEmpty else {
      throw StackRefusal(
        message: "irregular slice spacing: \(odd.count) of \(lengths.count) steps are neither \(median) mm nor a multiple",
        files: odd)
    }
  }
}

/// Slices that form no stack.
struct StackRefusal: Error {
  let message: String
  let files: [(path: String, reason: String)]
}
