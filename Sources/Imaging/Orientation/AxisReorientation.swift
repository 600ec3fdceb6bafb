/// A lossless change of axes: a permutation and flips, which moves voxels in memory but not in the patient.
public struct AxisReorientation: Sendable, Hashable {
  /// For each new axis (`i`, `j`, `k`), the old axis it is taken from: a permutation of 0, 1, 2.
  public let sources: [Int]
  /// For each new axis, whether it runs against the old one.
  public let flips: [Bool]

  /// From axes that point as `old` says to axes that point as `new` says.
  public init(from old: AxisCodes, to new: AxisCodes) {
    sources = new.directions.map { wanted in old.directions.firstIndex { $0.axis == wanted.axis } ?? 0 }
    flips = zip(new.directions, sources).map { $0 != old.directions[$1] }
  }

  private init(sources: [Int], flips: [Bool]) {
    self.sources = sources
    self.flips = flips
  }

  /// The change that undoes this one.
  public var inverse: AxisReorientation {
    let places = (0..<3).map { old in sources.firstIndex(of: old) ?? 0 }
    return AxisReorientation(sources: places, flips: places.map { flips[$0] })
  }

  /// The same positions under the new axes.
  public func applied(to geometry: Geometry) -> Geometry {
    let counts = [geometry.width, geometry.height, geometry.depth]
    let steps = [geometry.iStep, geometry.jStep, geometry.kStep]
    var origin = geometry.origin
    for axis in 0..<3 where flips[axis] { origin += Double(counts[sources[axis]] - 1) * steps[sources[axis]] }
    let turned = (0..<3).map { flips[$0] ? -steps[sources[$0]] : steps[sources[$0]] }
    return Geometry(
      width: counts[sources[0]], height: counts[sources[1]], depth: counts[sources[2]], origin: origin,
      iStep: turned[0], jStep: turned[1], kStep: turned[2])
  }

  /// The voxels of a grid `old` (`[D, H, W]`) in the order of the new axes.
  func applied<Voxel: BitwiseCopyable>(to voxels: [Voxel], of old: Geometry) -> [Voxel] {
    if sources == [0, 1, 2], !flips.contains(true) { return voxels }
    let counts = [old.width, old.height, old.depth]
    let strides = [1, old.width, old.width * old.height]
    let size = sources.map { counts[$0] }
    let step = (0..<3).map { flips[$0] ? -strides[sources[$0]] : strides[sources[$0]] }
    let first = (0..<3).reduce(0) { $0 + (flips[$1] ? (size[$1] - 1) * strides[sources[$1]] : 0) }
    return [Voxel](unsafeUninitializedCapacity: voxels.count) { target, filled in
      var place = 0
      for k in 0..<size[2] {
        for j in 0..<size[1] {
          var source = first + k * step[2] + j * step[1]
          for _ in 0..<size[0] {
            target.initializeElement(at: place, to: voxels[source])
            place += 1
            source += step[0]
          }
        }
      }
      filled = place
    }
  }
}

extension Volume {
  /// The same image with its axes permuted and flipped.
  public func reoriented(by change: AxisReorientation) -> Volume {
    Volume(geometry: change.applied(to: geometry), voxels: change.applied(to: voxels, of: geometry))
  }

  /// The same image with the axes that lie nearest to the given ones, for instance `.ras`. Lossless; to come back exactly,
  /// keep `AxisReorientation(from: geometry.axisCodes, to: codes)` and use its inverse.
  public func reoriented(to codes: AxisCodes) -> Volume {
    reoriented(by: AxisReorientation(from: geometry.axisCodes, to: codes))
  }
}

extension LabelMap {
  /// The same labels with their axes permuted and flipped.
  public func reoriented(by change: AxisReorientation) -> LabelMap {
    LabelMap(geometry: change.applied(to: geometry), voxels: change.applied(to: voxels, of: geometry))
  }

  /// The same labels with the axes that lie nearest to the given ones, as in ``Volume/reoriented(to:)``.
  public func reoriented(to codes: AxisCodes) -> LabelMap {
    reoriented(by: AxisReorientation(from: geometry.axisCodes, to: codes))
  }
}
