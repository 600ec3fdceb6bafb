import Tensors
import TestSupport
import Testing
import Training

struct IntensityTests {
  /// Normal voxels, a few operations of Float.
  static let tolerance: Float = 3e-6
  /// A power on top, of which both libraries are off by a unit in the last place, times a range of 6.
  static let gammaTolerance: Float = 1e-5

  @Test func `blur is batchgeneratorsv2's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    for (index, sigma) in golden.blurs.enumerated() {
      try expect("blur/\(index)", Self.tolerance) { $0.blur(sigma: sigma) }
    }
    #expect(golden.blurs.count == 3)
  }

  @Test func `low resolution is batchgeneratorsv2's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    for (index, scale) in golden.lows.enumerated() {
      try expect("low/\(index)", Self.tolerance) { $0.lowerResolution(scale: scale) }
    }
    #expect(golden.lows.count == 3)
  }

  @Test func `contrast is batchgeneratorsv2's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    for (index, factor) in golden.contrasts.enumerated() {
      try expect("contrast/\(index)", Self.tolerance) { $0.changeContrast(by: factor) }
    }
    #expect(golden.contrasts.count == 2)
  }

  @Test func `gamma is batchgeneratorsv2's`() throws {
    let golden = try GoldenAugmentation.shared.get()
    for (index, gamma) in golden.gammas.enumerated() {
      try expect("gamma/\(index)", Self.gammaTolerance) { $0.changeGamma(gamma.gamma, inverting: gamma.inverting) }
    }
    #expect(golden.gammas.count == 3)
  }

  @Test func `a constant channel stays finite`() {
    var patch = TrainingPatch(
      image: Tensor(shape: [1, 2, 3, 4], repeating: 7), labels: LabelPatch(shape: [2, 3, 4], repeating: 0))
    for inverting in [true, false] {
      patch.change(channel: 0) { $0.changeGamma(0.7, inverting: inverting) }
      patch.change(channel: 0) { $0.changeContrast(by: 1.2) }
      patch.change(channel: 0) { $0.blur(sigma: [1, 1, 1]) }
      patch.change(channel: 0) { $0.lowerResolution(scale: [0.5, 0.5, 0.5]) }
    }
    #expect(patch.image.largestDifference(Tensor(shape: [1, 2, 3, 4], repeating: 7)) < 1e-5)
  }

  @Test func `noise has its deviation, a factor multiplies its channel alone`() {
    var patch = TrainingPatch(
      image: Tensor(shape: [2, 20, 20, 25], repeating: 1), labels: LabelPatch(shape: [20, 20, 25], repeating: 0))
    patch.change(channel: 1) { $0.multiply(by: 3) }
    #expect(patch.image.elements[..<10_000].allSatisfy { $0 == 1 })
    #expect(patch.image.elements[10_000...].allSatisfy { $0 == 3 })
    var random = RandomSource(seed: 4)
    patch.change(channel: 0) { $0.addNoise(sigma: 0.1, from: &random) }
    let squares = patch.image.elements[..<10_000].reduce(0.0) { $0 + Double(($1 - 1) * ($1 - 1)) }
    // A standard deviation from 10^4 values is good to 0.7 %.
    #expect(abs((squares / 10_000).squareRoot() - 0.1) < 0.004)
    #expect(patch.image.elements[10_000...].allSatisfy { $0 == 3 })
  }

  private func expect(_ name: String, _ tolerance: Float, _ change: (ChannelVoxels) -> Void) throws {
    let golden = try GoldenAugmentation.shared.get()
    var patch = try golden.patch("image")
    patch.change(channel: 0, change)
    #expect(patch.image.largestDifference(try golden.image(name)) < tolerance, "\(name)")
  }
}
