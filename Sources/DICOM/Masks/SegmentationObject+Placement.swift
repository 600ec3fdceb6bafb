import Foundation
public import Imaging

extension SegmentationObject {
  /// The segments on a scan's grid, each voxel carrying its segment's number. Frames that lie on the grid are copied pixel by pixel; a
  /// mask on another grid is brought there by nearest neighbour. A fractional pixel belongs to its segment from one half on.
  ///
  /// `chosen` leaves out all other segments; so segments that overlap can be had one by one.
  public func labels(
    on geometry: Geometry, segments chosen: Set<Int>? = nil, limits: DICOMLimits = DICOMLimits()
  ) throws(DICOMError) -> PlacedMask {
    let places = frames.map { plane($0).place(on: geometry) }
    if places.allSatisfy({ $0 != nil }) { return fill(geometry, places, chosen) }
    let own = try ownGeometry(limits: limits)
    let there = fill(own, frames.map { plane($0).place(on: own) }, chosen)
    return PlacedMask(
      labels: there.labels.resampledNearest(onto: geometry), overlappingVoxels: there.overlappingVoxels,
      pixelsOutside: there.pixelsOutside, isResampled: true)
  }

  /// How much of each segment there is and where, from the frames' own positions: no grid, no rounding to one.
  public func extents() -> [Int: SegmentExtent] {
    var sums: [Int: (pixels: Int, position: SIMD3<Double>)] = [:]
    for (index, frame) in frames.enumerated() {
      let plane = plane(frame)
      var counts: [Int: SIMD3<Int>] = [:]
      forEachLabel(frame: index) { row, column, value in
        counts[Int(value), default: SIMD3(0, 0, 0)] &+= SIMD3(1, column, row)
      }
      for (number, count) in counts {
        var sum = sums[number] ?? (0, SIMD3(0, 0, 0))
        sum.pixels += count.x
        sum.position +=
          plane.position * Double(count.x) + plane.iStep * Double(count.y) + plane.jStep * Double(count.z)
        sums[number] = sum
      }
    }
    return sums.mapValues { SegmentExtent(pixels: $0.pixels, centroid: $0.position / Double($0.pixels)) }
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

  private func fill(_ geometry: Geometry, _ places: [(i: Int, j: Int, k: Int)?], _ chosen: Set<Int>?) -> PlacedMask {
    var voxels = [UInt16](repeating: 0, count: geometry.count)
    var overlapping = 0
    var outside = 0
    for (index, place) in places.enumerated() {
      guard let place else { continue }
      forEachLabel(frame: index) { row, column, value in
        guard chosen?.contains(Int(value)) ?? true else { return }
        let (i, j, k) = (place.i + column, place.j + row, place.k)
        guard i >= 0, j >= 0, k >= 0, i < geometry.width, j < geometry.height, k < geometry.depth else {
          outside += 1
          return
        }
        let at = (k * geometry.height + j) * geometry.width + i
        if voxels[at] != 0, voxels[at] != value { overlapping += 1 }
        voxels[at] = max(voxels[at], value)
      }
    }
    return PlacedMask(
      labels: LabelMap(geometry: geometry, voxels: voxels), overlappingVoxels: overlapping, pixelsOutside: outside,
      isResampled: false)
  }

  /// Row, column and label of each pixel of a frame that has one.
  private func forEachLabel(frame: Int, _ body: (Int, Int, UInt16) -> Void) {
    let count = rows * columns
    let segment = UInt16(clamping: frames[frame].segment)
    samples.withUnsafeBufferPointer { samples in
      if bitsAllocated == 1 {
        // Frames follow each other without padding, so that one may begin within a byte (PS3.5 8.1.1).
        let first = frame * count
        for byte in first >> 3..<(first + count + 7) >> 3 where samples[byte] != 0 {
          for bit in 0..<8 where samples[byte] >> UInt8(bit) & 1 == 1 {
            let pixel = byte * 8 + bit - first
            if pixel >= 0, pixel < count { body(pixel / columns, pixel % columns, segment) }
          }
        }
        return
      }
      for pixel in 0..<count {
        let at = frame * count + pixel
        let value =
          bitsAllocated == 8 ? UInt16(samples[at]) : UInt16(samples[2 * at]) | UInt16(samples[2 * at + 1]) << 8
        let label = label(stored: value, segment: segment)
        if label > 0 { body(pixel / columns, pixel % columns, label) }
      }
    }
  }

  private func label(stored value: UInt16, segment: UInt16) -> UInt16 {
    switch kind {
    case .labelMap: value
    case .binary: value > 0 ? segment : 0
    case .fractional(let maximum): 2 * Int(value) >= maximum ? segment : 0
    }
  }
}

/// How much of one segment there is and where.
public struct SegmentExtent: Sendable, Hashable {
  /// Pixels of all frames together.
  public let pixels: Int
  /// Mean position of their centres, mm, LPS.
  public let centroid: SIMD3<Double>
}
