public import Tensors

/// One case as training sees it, preprocessed.
public struct TrainingCase: Sendable {
  /// Its identifier.
  public let name: String
  /// `[C, D, H, W]`, transposed, cropped, normalised, resampled.
  public let image: Tensor
  /// On the same grid; -1 outside the nonzero region.
  public let labels: LabelPatch
  /// For every class or region that occurs, places of some of its voxels (indices into `labels.values`), ascending.
  public let foreground: [[Int32]]

  /// Most places kept of a class; nnU-Net v2 keeps as many (`default_preprocessor.py`, `_sample_foreground_locations`).
  public static let placesKept = 10_000
  private static let seed: UInt64 = 1234

  /// `targets`: the label values of each class, or region, that a patch may be centred on.
  public init(name: String, image: Tensor, labels: LabelPatch, targets: [[Int]]) {
    self.name = name
    self.image = image
    self.labels = labels
    foreground = targets.enumerated().compactMap { index, values in
      let wanted = Set(values.map { Int16($0) })
      let places = labels.values.indices.filter { wanted.contains(labels.values[$0]) }
      return places.isEmpty ? nil : Self.some(of: places, stream: UInt64(index)).map { Int32($0) }
    }
  }

  /// All of them, or as many as are kept, drawn without replacement (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
  private static func some(of places: [Int], stream: UInt64) -> [Int] {
    guard places.count > placesKept else { return places }
    var random = RandomSource(seed: seed, stream: stream)
    var chosen: [Int] = []
    for (seen, place) in places.enumerated() {
      let (left, needed) = (places.count - seen, placesKept - chosen.count)
      if random.uniform(0, 1) * Double(left) < Double(needed) { chosen.append(place) }
    }
    return chosen
  }
}
