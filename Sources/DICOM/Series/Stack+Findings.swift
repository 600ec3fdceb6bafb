import Foundation
public import Imaging

extension Stack {
  static func findings(
    _ planes: [PlaneReference], distances: [Double], spacing: SliceSpacing, geometry: Geometry
  ) -> [SeriesFinding] {
    single(planes) + gaps(planes, distances: distances, spacing: spacing) + line(planes, distances: distances)
      + tilt(planes, geometry: geometry)
  }

  private static func single(_ planes: [PlaneReference]) -> [SeriesFinding] {
    guard planes.count == 1 else { return [] }
    let thickness = planes[0].thickness
    return [.singleSlice(thickness: thickness?.value ?? 1, keyword: thickness?.keyword ?? "nothing (1 mm assumed)")]
  }

  private static func gaps(_ planes: [PlaneReference], distances: [Double], spacing: SliceSpacing) -> [SeriesFinding] {
    if spacing.isWhole {
      return spacing.steps.indices.filter { spacing.steps[$0] > 1 }.map { k in
        .gap(
          missing: spacing.steps[k] - 1, after: planes[k].name, before: planes[k + 1].name, from: distances[k],
          to: distances[k + 1])
      }
    }
    let gaps = zip(distances.dropFirst(), distances).map { $0 - $1 }
    guard let smallest = gaps.min(), let largest = gaps.max(), let k = gaps.firstIndex(of: largest) else { return [] }
    return [
      .irregularSpacing(
        smallest: smallest, largest: largest, after: planes[k].name, before: planes[k + 1].name)
    ]
  }

  private static func line(_ planes: [PlaneReference], distances: [Double]) -> [SeriesFinding] {
    guard planes.count > 2 else { return [] }
    let first = planes[0].position
    let span = distances[planes.count - 1] - distances[0]
    let direction = (planes[planes.count - 1].position - first) / span
    let beside = planes.indices.map {
      (planes[$0].position - first - (distances[$0] - distances[0]) * direction).length
    }
    guard let worst = beside.indices.max(by: { beside[$0] < beside[$1] }), beside[worst] > GeometryTolerance.line else {
      return []
    }
    return [.crooked(distance: beside[worst], uid: planes[worst].name)]
  }

  private static func tilt(_ planes: [PlaneReference], geometry: Geometry) -> [SeriesFinding] {
    guard planes.count > 1 else { return [] }
    let degrees = geometry.leanDegrees
    return degrees > GeometryTolerance.tilt ? [.tilted(degrees: degrees)] : []
  }
}

extension Geometry {
  /// The angle between `kStep` and the normal of the slices, degrees: 0 but for a tilted gantry.
  public var leanDegrees: Double {
    let normal = iStep.cross(jStep)
    let along = abs(kStep.dot(normal)) / normal.length
    let beside = (kStep - normal * (kStep.dot(normal) / normal.dot(normal))).length
    return atan2(beside, along) * 180 / .pi
  }
}
