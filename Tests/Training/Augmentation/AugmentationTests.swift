import Foundation
import Tensors
import TestSupport
import Testing
import Training

struct AugmentationTests {
  @Test func `sample sizes are nnU-Net's`() throws {
    // Those of the 3D and 2D recipes of v2.
    for size in try GoldenAugmentation.shared.get().sizes where size.degrees != 15 || size.patch.count == 2 {
      let patch = size.patch.count == 2 ? [1] + size.patch : size.patch
      let augmentation = Augmentation(recipe: .v2, patchSize: patch)
      let kept = augmentation.isSliceWise ? [patch[0]] + size.found[1...] : size.found
      #expect(augmentation.sampleSize == (size.patch.count == 2 ? [1] + size.found : kept))
    }
    #expect(Augmentation(recipe: .paper, patchSize: [48, 64, 96]).sampleSize == [74, 101, 123])
  }

  @Test func `thin patches are changed slice by slice`() {
    let rules: [(Augmentation.Recipe, [Int], Bool, Double)] = [
      (.v2, [20, 320, 256], true, 180), (.v2, [80, 192, 160], false, 30), (.v2, [64, 192, 192], false, 30),
      (.v2, [1, 320, 192], false, 15), (.v2, [1, 256, 256], false, 180), (.paper, [80, 192, 160], true, 180),
      (.paper, [80, 192, 96], true, 15), (.paper, [128, 128, 128], false, 15), (.paper, [64, 128, 128], false, 15),
      (.paper, [192, 80, 160], false, 15), (.paper, [1, 256, 256], false, 180),
    ]
    for (recipe, patch, isSliceWise, degrees) in rules {
      let found = Augmentation(recipe: recipe, patchSize: patch)
      #expect(found.isSliceWise == isSliceWise, "\(patch)")
      #expect(abs(found.largestAngle - degrees / 180 * .pi) < 1e-12, "\(patch)")
      if isSliceWise { #expect(found.sampleSize[0] == patch[0]) }
    }
  }

  @Test func `rotation, scaling and deformation are drawn as often and as far as they should`() {
    let runs = 4000
    for (recipe, scales) in [(Augmentation.Recipe.v2, 0.7...1.4), (.paper, 0.85...1.25)] {
      let augmentation = Augmentation(recipe: recipe, patchSize: recipe == .v2 ? [16, 16, 16] : [1, 12, 12])
      var random = RandomSource(seed: 12)
      var (none, turned, scaled, deformed, least, most, far) = (0, 0, 0, 0, 9.0, 0.0, 0.0)
      for _ in 0..<runs {
        guard let transform = augmentation.spatialTransform(random: &random) else {
          none += 1
          continue
        }
        // The last column is as long as the scale; a rotation tilts it.
        let column = (0..<3).map { Double(transform.matrix[$0][2]) }
        let scale = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if abs(scale - 1) > 1e-6 { scaled += 1 }
        if abs(column[0]) + abs(column[1]) > 1e-6 { turned += 1 }
        if transform.elastic != nil { deformed += 1 }
        (least, most) = (min(least, scale), max(most, scale))
        // Minus the sine of the angle about H stands in the corner.
        far = max(far, asin(abs(Double(transform.matrix[2][0])) / scale))
      }
      // A fifth of 4000, six standard errors of 25.
      for count in [turned, scaled] { #expect(abs(count - runs / 5) < 150) }
      #expect(abs(deformed - (recipe == .paper ? runs / 5 : 0)) < 150)
      let expected = Double(runs) * (recipe == .v2 ? 0.64 : 0.512)
      #expect(abs(Double(none) - expected) < 190)
      #expect(least >= scales.lowerBound && least < scales.lowerBound + 0.02)
      #expect(most <= scales.upperBound && most > scales.upperBound - 0.02)
      if recipe == .v2 { #expect(far <= augmentation.largestAngle + 1e-6 && far > 0.9 * augmentation.largestAngle) }
    }
  }

  @Test func `intensities are changed as often and as far as they should, in order`() {
    let runs = 8000
    let augmentation = Augmentation(recipe: .v2, patchSize: [1, 12, 12])
    var random = RandomSource(seed: 21)
    var drawn: [String: [Double]] = [:]
    var order: Set<String> = []
    for _ in 0..<runs {
      let changes = augmentation.intensityChanges(channels: 1, random: &random).map { parameters($0) }
      for change in changes { drawn[change.name, default: []] += change.values }
      for (earlier, later) in zip(changes, changes.dropFirst()) { order.insert("\(earlier.name) \(later.name)") }
    }
    // Parameters per change, its probability for a channel, and its range.
    let rules: [(String, Double, Double, ClosedRange<Double>)] = [
      ("1 noise", 1, 0.1, 0...0.1), ("2 blur", 2, 0.1, 0.5...1), ("3 brightness", 1, 0.15, 0.75...1.25),
      ("4 contrast", 1, 0.15, 0.75...1.25), ("5 low resolution", 2, 0.125, 0.5...1),
      ("6 gamma of -x", 1, 0.1, 0.7...1.5),
      ("7 gamma", 1, 0.3, 0.7...1.5),
    ]
    #expect(drawn.count == rules.count)
    for (name, count, probability, range) in rules {
      let values = drawn[name] ?? []
      let expected = Double(runs) * probability
      #expect(abs(Double(values.count) / count - expected) < 6 * expected.squareRoot(), "\(name)")
      #expect(values.allSatisfy { range.contains($0) }, "\(name)")
      let tenth = (range.upperBound - range.lowerBound) / 10
      #expect(values.contains { $0 < range.lowerBound + tenth } && values.contains { $0 > range.upperBound - tenth })
    }
    #expect(order.allSatisfy { $0.split(separator: " ").compactMap { Int($0) }.isAscending })
    let paper = Augmentation(recipe: .paper, patchSize: [8, 8, 8])
    let gammas = (0..<runs).flatMap { _ in paper.intensityChanges(channels: 2, random: &random) }
    #expect(abs(Double(gammas.count) - Double(runs) * 0.6) < 12 * (Double(runs) * 0.3).squareRoot())
    #expect(gammas.allSatisfy { parameters($0).name == "7 gamma" })
  }

  @Test func `each axis is mirrored half of the time`() {
    let augmentation = Augmentation(recipe: .v2, patchSize: [2, 3, 4], mirrorAxes: [0, 2])
    let values = (0..<augmentation.sampleSize.reduce(1, *)).map { Int16($0) }
    let sampled = TrainingPatch(
      image: Tensor(shape: [1] + augmentation.sampleSize, elements: values.map { Float($0) }),
      labels: LabelPatch(shape: augmentation.sampleSize, values: values))
    let mirrored = [[], [0], [2], [0, 2]].map { sampled.centreCropped([2, 3, 4]).mirrored($0).labels }
    var random = RandomSource(seed: 22)
    var counts = [Int](repeating: 0, count: 4)
    for _ in 0..<4000 {
      let found = augmentation.augmented(sampled, random: &random)
      if let which = mirrored.firstIndex(of: found.labels) { counts[which] += 1 }
    }
    // 0.64 of the patches are not moved; a quarter of them each way.
    for count in counts { #expect(abs(Double(count) - 640) < 6 * 640.0.squareRoot()) }
  }

  @Test func `with mirroring alone every patch is one of its mirrors, each as often`() {
    let augmentation = Augmentation(recipe: .v2, scope: .mirroring, patchSize: [2, 3, 4], mirrorAxes: [0, 2])
    #expect(augmentation.sampleSize == [2, 3, 4])
    let sampled = TrainingPatch(
      image: Tensor(shape: [1, 2, 3, 4], elements: (0..<24).map { Float($0) }),
      labels: LabelPatch(shape: [2, 3, 4], values: (0..<24).map { Int16($0) }))
    let mirrored = [[], [0], [2], [0, 2]].map { sampled.mirrored($0) }
    var random = RandomSource(seed: 23)
    var counts = [Int](repeating: 0, count: 4)
    for _ in 0..<4000 {
      let found = augmentation.augmented(sampled, random: &random)
      guard let which = mirrored.firstIndex(of: found) else { Issue.record("no mirror of the patch"); return }
      counts[which] += 1
    }
    for count in counts { #expect(abs(Double(count) - 1000) < 6 * 1000.0.squareRoot()) }
  }

  private func parameters(_ change: IntensityChange) -> (name: String, values: [Double]) {
    switch change {
    case .noise(let sigma): ("1 noise", [sigma])
    case .blur(_, let sigma): ("2 blur", sigma.filter { $0 != 0 })
    case .brightness(_, let factor): ("3 brightness", [factor])
    case .contrast(_, let factor): ("4 contrast", [factor])
    case .lowResolution(_, let scale): ("5 low resolution", scale.filter { $0 != 1 })
    case .gamma(_, let exponent, true): ("6 gamma of -x", [exponent])
    case .gamma(_, let exponent, false): ("7 gamma", [exponent])
    }
  }

  @Test func `factors lie around one, a half on either side`() {
    var random = RandomSource(seed: 13)
    let factors = (0..<4000).map { _ in random.aroundOne(0.7...1.5) }
    #expect(factors.allSatisfy { (0.7...1.5).contains($0) })
    #expect(abs(factors.count { $0 < 1 } - 2000) < 190)
  }

  @Test(arguments: Augmentation.Recipe.allCases) func `patches keep their order of things`(
    _ recipe: Augmentation.Recipe
  ) {
    let patch = [12, 10, 14]
    let augmentation = Augmentation(
      recipe: recipe, patchSize: patch, maskChannels: [1], cascade: CascadeAugmentation(labels: [1, 2]))
    let sampled = sample(augmentation.sampleSize)
    var changed = 0
    for run in 0..<40 {
      var (random, again) = (RandomSource(seed: 1, path: [run]), RandomSource(seed: 1, path: [run]))
      let found = augmentation.augmented(sampled, random: &random)
      #expect(found == augmentation.augmented(sampled, random: &again))
      #expect(found.image.shape == [4] + patch && found.labels.shape == patch && found.previousStage == nil)
      #expect(found.image.elements.allSatisfy { $0.isFinite })
      #expect(found.labels.values.allSatisfy { (0...2).contains($0) })
      #expect(found.image.elements[(2 * 1680)...].allSatisfy { $0 == 0 || $0 == 1 })
      if found != augmentation.centred(sampled) { changed += 1 }
    }
    #expect(changed > 30)
  }

  @Test func `voxels outside the mask are zero in masked channels only`() {
    let augmentation = Augmentation(recipe: .v2, patchSize: [8, 8, 8], mirrorAxes: [], maskChannels: [1])
    var sampled = sample(augmentation.sampleSize)
    sampled.labels = LabelPatch(shape: sampled.extent, repeating: -1)
    sampled.previousStage = nil
    var random = RandomSource(seed: 2)
    let found = augmentation.augmented(sampled, random: &random)
    #expect(found.image.elements[..<512].contains { $0 != 0 })
    #expect(found.image.elements[512...].allSatisfy { $0 == 0 })
    #expect(found.labels == LabelPatch(shape: [8, 8, 8], repeating: 0))
  }

  @Test func `validation sees the middle as it is`() {
    let augmentation = Augmentation(recipe: .v2, patchSize: [8, 8, 8], maskChannels: [0])
    let sampled = sample([9, 12, 8])
    let found = augmentation.centred(sampled)
    #expect(found.image == sampled.centreCropped([8, 8, 8]).image)
    #expect(found.labels.values == sampled.centreCropped([8, 8, 8]).labels.values.map { max(0, $0) })
  }

  /// Two channels of noise, labels -1 to 2 in blocks.
  private func sample(_ shape: [Int]) -> TrainingPatch {
    let count = shape.reduce(1, *)
    var random = RandomSource(seed: 9)
    let image = Tensor(shape: [2] + shape, elements: (0..<2 * count).map { _ in Float(random.normal()) })
    let values = (0..<count).map { Int16(($0 / shape[2] / 3 + $0 % shape[2] / 3) % 4 - 1) }
    let labels = LabelPatch(shape: shape, values: values)
    return TrainingPatch(image: image, labels: labels, previousStage: labels)
  }
}

extension [Int] {
  fileprivate var isAscending: Bool { zip(self, dropFirst()).allSatisfy { $0 <= $1 } }
}
