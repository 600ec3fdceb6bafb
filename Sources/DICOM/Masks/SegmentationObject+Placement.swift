import Foundation
public import Imaging

extension SegmentationObject {
  /// The segments on a scan's grid, each voxel carrying its segment's number. Frames that lie on the grid are copied pixel by pixel; a
  /// mask on another grid is brought there by nearest neighbour. A fractional pixel belongs to its segment from one half on.
  public func labels(on geometry: Geometry, limits: DICOMLimits = DICOMLimits()) throws(DICOMError) -> PlacedMask {
    let places = frames.map { plane($0).place(on: geometry) }
    if places.allSatisfy({ $0 != nil }) { return fill(geometry, places.compactMap { $0 }) }
    let own = try ownGeometry(limits: limits)
    let there = fill(own, frames.compactMap { plane($0).place(on: own) })
    return PlacedMask(
      labels: there.labels.sampledNearest(on: geometry), overlappingVoxels: there.overlappingVoxels,
      pixelsOutside: there.pixelsOutside, isResampled: true)
  }

  /// The smallest regular grid that holds every frame.
  public func ownGeometry(limits: DICOMLimits = DICOMLimits()) throws(DICOMError) -> Geometry {
    guard let first = frames.first else {
      throw DICOMError(.malformed, path: file.path, "a Segmentation without frames")
    }
    let normal = first.orientation.normal
    let sorted = frames.sorted { $0.position.dot(normal) < $1.position.dot(normal) }
    var distances: [Double] = []
    for frame in sorted
    where frame.position.dot(normal) - (distances.last ?? -.infinity) > GeometryTolerance.samePosition {
      distances.append(frame.position.dot(normal))
    }
    let parallel = frames.allSatisfy {
      $0.orientation.distance(to: first.orientation) < GeometryTolerance.cosine && $0.spacing == first.spacing
    }
    let spacing = SliceSpacing(distances)
    guard parallel, spacing.isWhole, let lowest = sorted.first else {
      throw DICOMError(.unsupported, path: file.path, "the frames of the Segmentation lie on no regular grid")
    }
    let step = distances.count > 1 ? spacing.step : first.thickness ?? 1
    let depth = spacing.steps.reduce(1, +)
    guard depth <= 100_000, depth * rows * columns <= limits.voxels else {
      throw DICOMError(
        .overBudget, path: file.path, "the Segmentation's grid has \(depth) planes, more than the budget")
    }
    return Geometry(
      width: columns, height: rows, depth: depth, origin: lowest.position, iStep: plane(lowest).iStep,
      jStep: plane(lowest).jStep, kStep: normal * step)
  }

  private func plane(_ frame: Frame) -> PlacedPlane {
    PlacedPlane(
      position: frame.position, iStep: frame.orientation.row * frame.spacing.y,
      jStep: frame.orientation.column * frame.spacing.x, rows: rows, columns: columns)
  }

  private func fill(_ geometry: Geometry, _ places: [(i: Int, j: Int, k: Int)]) -> PlacedMask {
    var voxels = [UInt16](repeating: 0, count: geometry.count)
    var overlapping = 0
    var outside = 0
    for (index, frame) in frames.enumerated() where index < places.count {
      let place = places[index]
      for row in 0..<rows {
        for column in 0..<columns {
          let value = label(frame: index, segment: frame.segment, pixel: row * columns + column)
          guard value > 0 else { continue }
          let (i, j, k) = (place.i + column, place.j + row, place.k)
          guard i >= 0, j >= 0, k >= 0, i < geometry.width, j < geometry.height, k < geometry.depth else {
            outside += 1
            continue
          }
          let at = (k * geometry.height + j) * geometry.width + i
          if voxels[at] != 0, voxels[at] != value { overlapping += 1 }
          voxels[at] = max(voxels[at], value)
        }
      }
    }
    return PlacedMask(
      labels: LabelMap(geometry: geometry, voxels: voxels), overlappingVoxels: overlapping, pixelsOutside: outside,
      isResampled: false)
  }

  /// The label of one pixel of a frame; 0 for none.
  private func label(frame: Int, segment: Int, pixel: Int) -> UInt16 {
    let at = frame * rows * columns + pixel
    if bitsAllocated == 1 { return samples[at >> 3] >> UInt8(at & 7) & 1 == 1 ? UInt16(segment) : 0 }
    let value = bitsAllocated == 8 ? UInt16(samples[at]) : UInt16(samples[2 * at]) | UInt16(samples[2 * at + 1]) << 8
    switch kind {
    case .labelMap: return value
    case .binary: return value > 0 ? UInt16(segment) : 0
    case .fractional(let maximum): return 2 * Int(value) >= maximum ? UInt16(segment) : 0
    }
  }
}
