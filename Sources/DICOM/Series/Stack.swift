public import Imaging

/// Planes of one volume in their order along the normal, and the grid that holds them: a ``Scan`` without its voxels.
public struct Stack: Sendable {
  /// The planes, ascending along row cross column.
  let planes: [PlaneReference]
  /// For each plane of `planes`, its (fractional) index `k` in `geometry`: whole numbers, but for irregular spacing.
  let levels: [Double]
  /// Candidates that repeat a plane of `planes`; to be compared by their pixels. `kept` indexes `planes`.
  let repeats: [(kept: Int, plane: PlaneReference)]
  /// The grid of the volume. With gaps it has a plane for each missing position too.
  public let geometry: Geometry
  /// What was found.
  public let findings: [SeriesFinding]
  /// The attributes and values that set this volume apart from the series' others.
  public let separatedBy: [Distinction: String]

  /// The number of slices that are there.
  public var slices: Int { planes.count }

  /// The gravest of the findings.
  public var severity: SeriesFinding.Severity { findings.map { $0.severity }.max() ?? .note }

  /// `planes` are parallel and not empty.
  init(_ planes: [PlaneReference], separatedBy: [Distinction: String]) {
    let normal = planes[0].orientation.normal
    let (sorted, repeats) = Self.ordered(planes, normal: normal)
    let distances = sorted.map { $0.position.dot(normal) }
    let spacing = SliceSpacing(distances)
    self.planes = sorted
    self.repeats = repeats
    self.separatedBy = separatedBy
    geometry = Self.geometry(sorted, spacing: spacing)
    levels = Self.levels(distances, spacing: spacing, depth: geometry.depth)
    findings = Self.findings(sorted, distances: distances, spacing: spacing, geometry: geometry)
  }

  /// Ascending along the normal; of planes at one position the first by instance number stays, the others are repeats.
  private static func ordered(
    _ planes: [PlaneReference], normal: SIMD3<Double>
  ) -> ([PlaneReference], [(kept: Int, plane: PlaneReference)]) {
    let sorted = planes.map { (plane: $0, distance: $0.position.dot(normal)) }.sorted {
      abs($0.distance - $1.distance) > GeometryTolerance.samePosition
        ? $0.distance < $1.distance
        : ($0.plane.instanceNumber, $0.plane.file, $0.plane.frame) < (
          $1.plane.instanceNumber, $1.plane.file, $1.plane.frame
        )
    }
    var kept: [PlaneReference] = []
    var repeats: [(kept: Int, plane: PlaneReference)] = []
    var last = -Double.infinity
    for (plane, distance) in sorted {
      if distance - last > GeometryTolerance.samePosition {
        kept.append(plane)
        last = distance
      } else {
        repeats.append((kept.count - 1, plane))
      }
    }
    return (kept, repeats)
  }

  private static func geometry(_ planes: [PlaneReference], spacing: SliceSpacing) -> Geometry {
    let first = planes[0]
    let last = planes[planes.count - 1]
    let normal = first.orientation.normal
    let depth: Int
    let kStep: SIMD3<Double>
    if planes.count == 1 {
      depth = 1
      kStep = normal * (first.thickness?.value ?? 1)
    } else {
      let span = (last.position - first.position).dot(normal)
      depth = spacing.isWhole ? spacing.steps.reduce(1, +) : max(2, Int((span / spacing.step).rounded()) + 1)
      kStep = (last.position - first.position) / Double(depth - 1)
    }
    return Geometry(
      width: first.columns, height: first.rows, depth: depth, origin: first.position,
      iStep: first.orientation.row * first.pixelSpacing.y, jStep: first.orientation.column * first.pixelSpacing.x,
      kStep: kStep)
  }

  private static func levels(_ distances: [Double], spacing: SliceSpacing, depth: Int) -> [Double] {
    if spacing.isWhole {
      var level = 0
      return [0]
        + spacing.steps.map { step -> Double in
          level += step
          return Double(level)
        }
    }
    let span = distances[distances.count - 1] - distances[0]
    return distances.map { ($0 - distances[0]) / span * Double(depth - 1) }
  }
}
