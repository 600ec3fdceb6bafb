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
