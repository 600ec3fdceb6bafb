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

  /// The changes of intensity to make of so many channels, in order.
  package func intensityChanges(channels: Int, random: inout RandomSource) -> [IntensityChange] {
    let all = 0..<channels
    var changes: [IntensityChange] = []
    if recipe == .v2 {
      // nnU-Net's "variance" is used as the standard deviation.
      if random.chance(0.1) { changes.append(.noise(sigma: random.uniform(0, 0.1))) }
      if random.chance(0.2) {
        for channel in all where random.chance(0.5) {
          let sigma = patchSize.map { $0 > 1 ? random.uniform(0.5, 1) : 0 }
          changes.append(.blur(channel: channel, sigma: sigma))
        }
      }
      if random.chance(0.15) {
        for channel in all { changes.append(.brightness(channel: channel, factor: random.aroundOne(0.75...1.25))) }
      }
      if random.chance(0.15) {
        for channel in all { changes.append(.contrast(channel: channel, factor: random.aroundOne(0.75...1.25))) }
      }
      if random.chance(0.25) {
        for channel in all where random.chance(0.5) {
          let scale = random.uniform(0.5, 1)
          changes.append(.lowResolution(channel: channel, scale: [isPlanar ? 1 : scale, scale, scale]))
        }
      }
      changes += gammas(channels, probability: 0.1, inverting: true, random: &random)
    }
    return changes + gammas(channels, probability: 0.3, inverting: false, random: &random)
  }

  private func gammas(
    _ channels: Int, probability: Double, inverting: Bool, random: inout RandomSource
  ) -> [IntensityChange] {
    guard random.chance(probability) else { return [] }
    return (0..<channels).map { channel in
      .gamma(channel: channel, exponent: random.aroundOne(0.7...1.5), inverting: inverting)
    }
  }
}
