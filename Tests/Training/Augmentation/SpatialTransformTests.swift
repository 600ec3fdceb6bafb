import Tensors
import TestSupport
import Testing
import Training

struct SpatialTransformTests {
  /// Coordinates in Float differ by 1e-6 of a voxel, neighbouring voxels by up to 5.
  static let linearTolerance: Float = 3e-5
  /// As above; scipy computes in Double and coordinates here are Float.
  static let cubicTolerance: Float = 1e-4
  /// Voxels of a patch whose label may differ: those where two scores are the same but for the last bits.
  static let labelTolerance = 0.002
  /// Of the largest offset, which is a few voxels: the field is kept at every fourth voxel, and the cubic between them errs by this much
  /// for a Gaussian of sigma 9.
  static let elasticTolerance: Float = 0.01

  @Test func `linear interpolation and labels are batchgeneratorsv2's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    #expect(golden.spatial.count == 6)
    for test in golden.spatial {
      let labels = try golden.labels("\(test.name)/labels")
      let patch = TrainingPatch(image: try golden.image("\(test.name)/image"), labels: labels, previousStage: labels)
      let transform = SpatialTransform(angles: test.angles, scale: test.scale)
      let found = transform.applied(to: patch, size: test.patch, interpolation: .linear)
      let image = try golden.image("\(test.name)/image/linear")
      #expect(found.image.largestDifference(image) < Self.linearTolerance, "\(test.name)")
      let peers = try golden.labels("\(test.name)/labels/linear")
      #expect(disagreement(found.labels, peers) <= Self.labelTolerance, "\(test.name)")
      #expect(found.previousStage == found.labels)
      let twin = transform.referenceApplied(to: patch, size: test.patch)
      #expect(twin.image.largestDifference(image) < Self.linearTolerance)
      #expect(disagreement(twin.labels, peers) <= Self.labelTolerance)
    }
  }

  @Test func `cubic interpolation of an elastic deformation is scipy's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    #expect(golden.cubic.count == 3)
    for test in golden.cubic {
      let (shape, offsets) = try golden.array("\(test.name)/offsets")
      let count = test.patch.reduce(1, *)
      let isPlanar = offsets[..<count].allSatisfy { $0 == 0 }
      let field = ElasticField(
        shape: Array(shape[1...]),
        offsets: (0..<3).map { isPlanar && $0 == 0 ? [] : Array(offsets[$0 * count..<($0 + 1) * count]) })
      let found = SpatialTransform(angles: test.angles, scale: test.scale, elastic: field)
        .applied(to: try golden.patch("\(test.name)/image"), size: test.patch, interpolation: .cubic)
      let peers = try golden.image("\(test.name)/image/cubic")
      #expect(found.image.largestDifference(peers) < Self.cubicTolerance, "\(test.name)")
    }
  }

  @Test func `the fast path equals the plain twin, with a field and far beyond the edge`() {
    var random = RandomSource(seed: 3)
    for (from, to) in [([12, 15, 11], [12, 9, 14]), ([1, 20, 17], [1, 33, 8]), ([5, 4, 3], [9, 9, 9])] {
      let count = from.reduce(1, *)
      let patch = TrainingPatch(
        image: Tensor(shape: [2] + from, elements: (0..<2 * count).map { _ in Float(random.normal()) }),
        labels: LabelPatch(shape: from, values: (0..<count).map { _ in Int16(random.integer(in: -1...3)) }))
      let offsets = (0..<3).map { _ in (0..<to.reduce(1, *)).map { _ in Float(random.uniform(-2, 2)) } }
      let transform = SpatialTransform(
        angles: [random.uniform(-3, 3), random.uniform(-1, 1), random.uniform(-1, 1)],
        scale: (0..<3).map { _ in random.uniform(0.5, 2) }, elastic: ElasticField(shape: to, offsets: offsets))
      let found = transform.applied(to: patch, size: to, interpolation: .linear)
      let twin = transform.referenceApplied(to: patch, size: to)
      #expect(found.image.largestDifference(twin.image) < Self.linearTolerance)
      #expect(disagreement(found.labels, twin.labels) <= Self.labelTolerance)
      #expect(Set(twin.labels.values).count > 3)
    }
  }

  @Test func `without a change the middle is cropped exactly`() {
    let values = (0..<210).map { Float($0) }
    let labels = LabelPatch(shape: [5, 6, 7], values: (0..<210).map { Int16($0) })
    let patch = TrainingPatch(image: Tensor(shape: [1, 5, 6, 7], elements: values), labels: labels)
    let cropped = patch.centreCropped([3, 4, 5])
    // Starts at 2 - 1, 3 - 2, 3 - 2.
    #expect(cropped.labels.values.prefix(6) == [50, 51, 52, 53, 54, 57])
    #expect(cropped.image.elements == cropped.labels.values.map { Float($0) })
    let still = SpatialTransform().applied(to: patch, size: [3, 4, 5], interpolation: .linear)
    #expect(still == cropped)
    #expect(patch.centreCropped([5, 6, 7]) == patch)
  }

  @Test func `smoothed noise is scipy's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    let (shape, noise) = try golden.array("elastic/noise")
    let plane = [1] + shape[1...]
    for (name, shape, noise) in [("3D", shape, noise), ("2D", plane, Array(noise[..<(shape[1] * shape[2])]))] {
      let peers = try golden.array("elastic/\(name)").values
      let found = ElasticField.smoothed(noise, shape: shape, sigma: 9)
      let largest = peers.reduce(0) { max($0, abs($1)) }
      let worst = zip(found, peers).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(found.count == peers.count && worst < Self.elasticTolerance * largest, "\(name) \(worst) of \(largest)")
    }
  }

  @Test func `a random field has its magnitude`() {
    // Of noise of deviation 1 / sqrt 3, smoothing by 9 in the plane leaves 1 / (2 sqrt(pi) 9), far from the edge.
    var random = RandomSource(seed: 8)
    let field = ElasticField.random(shape: [1, 200, 200], sigma: 9, magnitude: 100, axes: [1, 2], from: &random)
    #expect(field.offsets[0].isEmpty && field.offsets[1] != field.offsets[2])
    let inner = (0..<40_000).filter { (40..<160).contains($0 / 200) && (40..<160).contains($0 % 200) }
    for axis in [1, 2] {
      let squares = inner.reduce(0.0) { $0 + Double(field.offsets[axis][$1] * field.offsets[axis][$1]) }
      let deviation = (squares / Double(inner.count)).squareRoot()
      let expected = 100 / 3.0.squareRoot() / (2 * Double.pi.squareRoot() * 9)
      // Some twenty independent bumps: a third either way.
      #expect(abs(deviation / expected - 1) < 0.35)
    }
  }

  @Test func `mirrors reverse image and labels`() {
    let patch = TrainingPatch(
      image: Tensor(shape: [2, 1, 2, 3], elements: (0..<12).map { Float($0) }),
      labels: LabelPatch(shape: [1, 2, 3], values: [0, 1, 2, 3, 4, 5]),
      previousStage: LabelPatch(shape: [1, 2, 3], values: [6, 7, 8, 9, 10, 11]))
    let found = patch.mirrored([2])
    #expect(found.image.elements == [2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9])
    #expect(found.labels.values == [2, 1, 0, 5, 4, 3])
    #expect(found.previousStage?.values == [8, 7, 6, 11, 10, 9])
    #expect(patch.mirrored([1]).labels.values == [3, 4, 5, 0, 1, 2])
    #expect(patch.mirrored([0, 1, 2]).mirrored([0]).mirrored([1]).mirrored([2]) == patch)
  }

  private func disagreement(_ a: LabelPatch, _ b: LabelPatch) -> Double {
    guard a.shape == b.shape else { return 1 }
    return Double(zip(a.values, b.values).count { $0 != $1 }) / Double(a.count)
  }
}
