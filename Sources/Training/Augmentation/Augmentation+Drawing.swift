extension RandomSource {
  /// With probability a half uniform in `range.lowerBound ..< 1`, else in `1 ..< range.upperBound`: nnU-Net's `BGContrast`.
  package mutating func aroundOne(_ range: ClosedRange<Double>) -> Double {
    chance(0.5) ? uniform(range.lowerBound, 1) : uniform(max(1, range.lowerBound), range.upperBound)
  }
}

extension Augmentation {
  /// Each spatial change has this probability.
  static let spatialProbability = 0.2

  /// The spatial change to make, if any.
  package func spatialTransform(random: inout RandomSource) -> SpatialTransform? {
    let turns = random.chance(Self.spatialProbability)
    let scales = random.chance(Self.spatialProbability)
    let deforms = recipe == .paper && random.chance(Self.spatialProbability)
    guard turns || scales || deforms else { return nil }
    var (angles, scale) = ([0.0, 0, 0], [1.0, 1, 1])
    if turns {
      for axis in 0..<(isPlanar ? 1 : 3) { angles[axis] = random.uniform(-largestAngle, largestAngle) }
    }
    if scales {
      let factor = recipe == .v2 ? random.uniform(0.7, 1.4) : random.aroundOne(0.85...1.25)
      for axis in (isPlanar ? 1 : 0)..<3 { scale[axis] = factor }
    }
    return SpatialTransform(
      angles: angles, scale: scale, elastic: deforms ? elasticField(random: &random) : nil)
  }

  private func elasticField(random: inout RandomSource) -> ElasticField {
    let magnitude = random.uniform(0, isPlanar ? 200 : 900)
    let sigma = random.uniform(9, 13)
    let shape = isPlanar ? [1, patchSize[1], patchSize[2]] : patchSize
    let field = ElasticField.random(
      shape: shape, sigma: sigma, magnitude: magnitude, axes: isPlanar ? [1, 2] : [0, 1, 2], from: &random)
    guard isSliceWise else { return field }
    // The same for every slice.
    return ElasticField(
      shape: patchSize,
      offsets: field.offsets.map { Array(repeatElement($0, count: patchSize[0]).joined()) })
  }

  func moved(_ patch: TrainingPatch, random: inout RandomSource) -> TrainingPatch {
    guard let transform = spatialTransform(random: &random) else { return patch.centreCropped(patchSize) }
    return transform.applied(to: patch, size: patchSize, interpolation: recipe == .v2 ? .linear : .cubic)
  }

  func changeIntensities(_ patch: inout TrainingPatch, random: inout RandomSource) {
    if recipe == .v2 {
      addNoise(&patch, &random)
      blur(&patch, &random)
      changeEach(&patch, &random, probability: 0.15, 0.75...1.25) { $0.multiply(by: $1) }
      changeEach(&patch, &random, probability: 0.15, 0.75...1.25) { $0.changeContrast(by: $1) }
      lowerResolution(&patch, &random)
      changeEach(&patch, &random, probability: 0.1, 0.7...1.5) { $0.changeGamma($1, inverting: true) }
    }
    changeEach(&patch, &random, probability: 0.3, 0.7...1.5) { $0.changeGamma($1, inverting: false) }
  }

  private func addNoise(_ patch: inout TrainingPatch, _ random: inout RandomSource) {
    guard random.chance(0.1) else { return }
    // nnU-Net's "variance" is used as the standard deviation.
    let sigma = random.uniform(0, 0.1)
    for channel in 0..<patch.channels { patch.change(channel: channel) { $0.addNoise(sigma: sigma, from: &random) } }
  }

  private func blur(_ patch: inout TrainingPatch, _ random: inout RandomSource) {
    guard random.chance(0.2) else { return }
    for channel in 0..<patch.channels where random.chance(0.5) {
      let sigma = (0..<3).map { patchSize[$0] > 1 ? random.uniform(0.5, 1) : 0 }
      patch.change(channel: channel) { $0.blur(sigma: sigma) }
    }
  }

  private func lowerResolution(_ patch: inout TrainingPatch, _ random: inout RandomSource) {
    guard random.chance(0.25) else { return }
    for channel in 0..<patch.channels where random.chance(0.5) {
      let scale = random.uniform(0.5, 1)
      patch.change(channel: channel) { $0.lowerResolution(scale: [isPlanar ? 1 : scale, scale, scale]) }
    }
  }

  /// With a probability, each channel by a factor of its own.
  private func changeEach(
    _ patch: inout TrainingPatch, _ random: inout RandomSource, probability: Double, _ range: ClosedRange<Double>,
    _ change: (ChannelVoxels, Double) -> Void
  ) {
    guard random.chance(probability) else { return }
    for channel in 0..<patch.channels {
      let factor = random.aroundOne(range)
      patch.change(channel: channel) { change($0, factor) }
    }
  }
}
