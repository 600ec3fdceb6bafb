public import Tensors

/// One case as training sees it, preprocessed.
public struct TrainingCase: Sendable {
  /// Its identifier.
  public let name: String
  let voxels: CaseVoxels
  /// For every class or region that occurs, places of some of its voxels (indices into `labels.values`), ascending.
  public let foreground: [[Int32]]
  /// Places of some of the voxels that somebody annotated, ascending; nil where the data set has no ignore label, so that all are.
  public let annotated: [Int32]?
  /// What a cascade's first stage, which had not seen the case, says of it; of the labels' shape. Nil for any other network.
  public var previousStage: LabelPatch?

  /// Places kept of a class of at most a million voxels; of a larger one, a hundredth. nnU-Net v2 keeps as many
  /// (`default_preprocessor.py`, `_sample_foreground_locations`).
  public static let placesKept = 10_000
  private static let seed: UInt64 = 1234

  /// `targets`: the label values of each class, or region, that a patch may be centred on. `annotated`: those of everything that is not
  /// to be ignored, where some voxels are.
  public init(name: String, image: Tensor, labels: LabelPatch, targets: [[Int]], annotated: [Int]? = nil) {
    self.name = name
    voxels = .memory(image: image, labels: labels)
    foreground = targets.enumerated().compactMap { index, values in
      let places = Self.places(of: values, in: labels, stream: UInt64(index))
      return places.isEmpty ? nil : places
    }
    self.annotated = annotated.map { Self.places(of: $0, in: labels, stream: UInt64(targets.count)) }
  }

  /// Of the cache; its voxels stay on disk.
  init(name: String, _ file: PreparedCaseFile) {
    self.name = name
    voxels = .file(file)
    foreground = file.foreground
    annotated = file.annotated
  }

  /// `[D, H, W]`.
  public var shape: [Int] { Array(voxels.shape[1...]) }
  /// Channels of the image.
  public var channels: Int { voxels.shape[0] }
  /// `[C, D, H, W]`, transposed, cropped, normalised, resampled; a copy where the case lies on disk.
  public var image: Tensor { voxels.image }
  /// On the same grid; -1 outside the nonzero region; a copy where the case lies on disk.
  public var labels: LabelPatch { voxels.labels }

  private static func places(of values: [Int], in labels: LabelPatch, stream: UInt64) -> [Int32] {
    let wanted = Set(values.map { Int16($0) })
    let places = labels.values.indices.filter { wanted.contains(labels.values[$0]) }
    return some(of: places, stream: stream).map { Int32($0) }
  }

  /// All of them, or as many as are kept, drawn without replacement (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
  private static func some(of places: [Int], stream: UInt64) -> [Int] {
    let kept = max(placesKept, (places.count + 99) / 100)
    guard places.count > kept else { return places }
    var random = RandomSource(seed: seed, stream: stream)
    var chosen: [Int] = []
    for (seen, place) in places.enumerated() {
      let (left, needed) = (places.count - seen, kept - chosen.count)
      if random.uniform(0, 1) * Double(left) < Double(needed) { chosen.append(place) }
    }
    return chosen
  }
}
