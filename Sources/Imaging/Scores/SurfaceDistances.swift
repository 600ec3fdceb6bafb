/// The distances between the surfaces of two masks, from each surface voxel of one to the nearest surface voxel of the other.
///
/// A mask's surface is its voxels with a face neighbour outside it (beyond the grid counts as outside); in a single slice
/// only the neighbours within it count. Distances are between voxel centres, mm. This is what MONAI (`get_mask_edges`,
/// without subvoxels), medpy and Metrics Reloaded measure; DeepMind's `surface-distance` weights by area instead.
struct SurfaceDistances {
  /// From the first mask's surface to the second's, sorted.
  let forwards: [Double]
  /// From the second's to the first's, sorted.
  let backwards: [Double]

  /// Neither mask may be empty. Both are `[D, H, W]`; `flat` says for each axis whether the whole grid has but one voxel
  /// along it.
  init(_ first: [Bool], _ second: [Bool], shape: [Int], spacing: [Double], flat: [Bool]) {
    let a = Self.surface(of: first, shape: shape, flat: flat)
    let b = Self.surface(of: second, shape: shape, flat: flat)
    forwards = Self.distances(from: a, to: b, shape: shape, spacing: spacing)
    backwards = Self.distances(from: b, to: a, shape: shape, spacing: spacing)
  }

  /// The larger of the two directions' percentile (linear between ranks, as NumPy's), mm.
  func hausdorff(percentile: Double) -> Double {
    max(Self.percentile(percentile, of: forwards), Self.percentile(percentile, of: backwards))
  }

  /// The share of both surfaces that lies within `tolerance` mm of the other (normalised surface Dice).
  func normalizedSurfaceDice(tolerance: Double) -> Double {
    let within = [forwards, backwards].reduce(0) { sum, distances in
      sum + (distances.firstIndex { $0 > tolerance } ?? distances.count)
    }
    return Double(within) / Double(forwards.count + backwards.count)
  }

  private static func distances(from: [Bool], to: [Bool], shape: [Int], spacing: [Double]) -> [Double] {
    let squared = DistanceTransform.squared(to: to, shape: shape, spacing: spacing)
    return from.indices.filter { from[$0] }.map { squared[$0].squareRoot() }.sorted()
  }

  private static func percentile(_ percent: Double, of sorted: [Double]) -> Double {
    let rank = percent / 100 * Double(sorted.count - 1)
    let low = Int(rank)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (rank - Double(low)) * (sorted[high] - sorted[low])
  }

  private static func surface(of mask: [Bool], shape: [Int], flat: [Bool]) -> [Bool] {
    let strides = [shape[1] * shape[2], shape[2], 1]
    var result = mask
    for index in mask.indices where mask[index] {
      let place = [index / strides[0], index / shape[2] % shape[1], index % shape[2]]
      result[index] = (0..<3).contains { axis in
        guard !flat[axis] else { return false }
        if place[axis] == 0 || place[axis] == shape[axis] - 1 { return true }
        return !mask[index - strides[axis]] || !mask[index + strides[axis]]
      }
    }
    return result
  }
}
