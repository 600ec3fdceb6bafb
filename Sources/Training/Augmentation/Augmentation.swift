internal import Tensors

/// Random changes of a training patch, in nnU-Net's order and with its probabilities (specification, section 9.6).
public struct Augmentation: Sendable, Equatable {
  /// Whose.
  public enum Recipe: String, Sendable, Codable, CaseIterable {
    /// nnU-Net v2.8: rotation, scaling, noise, blur, brightness, contrast, low resolution, gamma twice, mirrors; linear.
    case v2
    /// The first paper's: elastic deformation, rotation, scaling, gamma, mirrors; cubic. Its ranges are those of the code of 2019.
    case paper
  }

  /// Which of the recipe's changes are made.
  public enum Scope: String, Sendable, Codable, CaseIterable {
    /// Every one.
    case all
    /// Mirrors alone, which cost nothing and change no voxel's value: for the last epochs of a short training.
    case mirroring
  }

  /// Whose changes these are.
  public let recipe: Recipe
  /// Which of them are made.
  public let scope: Scope
  /// `[D, H, W]` of what training sees; D = 1 in 2D.
  public let patchSize: [Int]
  /// Axes (0 is D) that may be mirrored.
  public let mirrorAxes: [Int]
  /// Channels that are 0 wherever the label is -1.
  public let maskChannels: [Int]
  /// What becomes of the previous stage's labels; nil where there is none.
  public let cascade: CascadeAugmentation?
  /// Whether slices stay as they are: the longest edge is more than three times (paper: twice) the first, along which slices are thick.
  public let isSliceWise: Bool
  /// `[D, H, W]` to sample from the image, so that a turned patch finds its corners.
  public let sampleSize: [Int]
  /// Rotations are up to this, in radians, either way.
  public let largestAngle: Double

  /// For patches of `patchSize`. All axes are mirrored unless said otherwise.
  public init(
    recipe: Recipe, scope: Scope = .all, patchSize: [Int], mirrorAxes: [Int] = [0, 1, 2], maskChannels: [Int] = [],
    cascade: CascadeAugmentation? = nil
  ) {
    precondition(
      patchSize.count == 3 && patchSize.allSatisfy { $0 > 0 } && mirrorAxes.allSatisfy { (0..<3).contains($0) },
      "a patch [D, H, W] and its axes")
    self.recipe = recipe
    self.scope = scope
    self.patchSize = patchSize
    self.mirrorAxes = mirrorAxes
    self.maskChannels = maskChannels
    self.cascade = cascade
    let longest = patchSize.max() ?? 1
    let is2D = patchSize[0] == 1
    isSliceWise =
      !is2D
      && (recipe == .v2
        ? longest > 3 * patchSize[0] : longest > 2 * patchSize[0] && patchSize[0] == patchSize.min())
    let plane = Array(patchSize[1...])
    let isElongated = Double(plane[0]) / Double(plane[1]) > 1.5 || Double(plane[1]) / Double(plane[0]) > 1.5
    let degrees: Double =
      switch (is2D, isSliceWise) {
      case (true, _): isElongated ? 15 : 180
      case (_, true): isElongated && recipe == .paper ? 15 : 180
      default: recipe == .v2 ? 30 : 15
      }
    largestAngle = degrees / 180 * .pi
    if scope == .mirroring {
      sampleSize = patchSize
    } else if is2D || (isSliceWise && recipe == .paper) {
      sampleSize = [patchSize[0]] + SampleSize.of(plane, angle: largestAngle)
    } else {
      let enlarged = SampleSize.of(patchSize, angle: largestAngle)
      sampleSize = [isSliceWise ? patchSize[0] : enlarged[0]] + enlarged[1...]
    }
  }

  /// Whether D is left alone by all that moves voxels.
  var isPlanar: Bool { isSliceWise || patchSize[0] == 1 }

  /// `patch`, of ``sampleSize``, changed at random: of ``patchSize``, with no label below 0 and the cascade's channels appended.
  public func augmented(_ patch: TrainingPatch, random: inout RandomSource) -> TrainingPatch {
    precondition(patch.extent == sampleSize, "a patch of the sample size \(sampleSize)")
    var result = scope == .all ? changed(patch, random: &random) : patch
    result = result.mirrored(mirrorAxes.filter { _ in random.chance(0.5) })
    for channel in maskChannels { result.mask(channel: channel) }
    result.labels.removeOutside()
    guard let cascade else { return result }
    return cascade.augmented(cascade.appended(to: result), random: &random)
  }

  private func changed(_ patch: TrainingPatch, random: inout RandomSource) -> TrainingPatch {
    var result = moved(patch, random: &random)
    for change in intensityChanges(channels: patch.channels, random: &random) {
      change.apply(to: &result, random: &random)
    }
    return result
  }

  /// `patch`, of any size that holds ``patchSize``, as validation during training sees it: its middle, unchanged, with no label below 0
  /// and the cascade's channels appended.
  public func centred(_ patch: TrainingPatch) -> TrainingPatch {
    var result = patch.centreCropped(patchSize)
    result.labels.removeOutside()
    return cascade?.appended(to: result) ?? result
  }
}

extension TrainingPatch {
  /// 0 in the channel wherever the label is below 0.
  mutating func mask(channel: Int) {
    let first = channel * labels.count
    for (place, label) in labels.values.enumerated() where label < 0 { image.elements[first + place] = 0 }
  }
}

extension LabelPatch {
  /// 0 wherever the label is below.
  mutating func removeOutside() {
    for place in values.indices where values[place] < 0 { values[place] = 0 }
  }
}
