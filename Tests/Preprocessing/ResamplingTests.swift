import Foundation
import Preprocessing
import Testing

@Suite("Resampling equals nnU-Net's")
struct ResamplingTests {
  /// nnU-Net computes in double and stores float; ours filters in float. Share of the standard deviation.
  static let againstNNUNet: Float = 2e-5
  /// Double against double: only the order of additions differs.
  static let plainTwin = 1e-9

  private static func resampler(_ golden: Golden.Resampling) throws -> Resampler {
    let order = try #require(ResamplingRecipe.Order(rawValue: golden.order))
    let recipe = ResamplingRecipe(
      function: golden.torch ? .torch : .splines, isSegmentation: false, order: order, forceSeparateZ: golden.force)
    return recipe.resampler(
      from: golden.input.shape, to: golden.output.shape, current: golden.current, new: golden.target)
  }

  @Test func imagesAreResampledAsByNNUNet() throws {
    let cases = try Golden.load().resampling.filter { !$0.isSegmentation }
    #expect(cases.count == 18)
    for golden in cases {
      let (input, output) = (golden.input.floats, golden.output.floats)
      let resampler = try Self.resampler(golden)
      let error = largestDifference(resampler.resample(input), output) / deviation(input)
      #expect(error < Self.againstNNUNet, "\(golden.name): \(error)")
      let plain = resampler.resampleReference(input.map { Double($0) }).map { Float($0) }
      let plainError = largestDifference(plain, output) / deviation(input)
      #expect(plainError < 1e-6, "\(golden.name), plain: \(plainError)")
    }
  }

  @Test func labelsAreResampledExactlyAsByNNUNet() throws {
    for golden in try Golden.load().resampling where golden.isSegmentation {
      let order = try #require(ResamplingRecipe.Order(rawValue: golden.order))
      let recipe = ResamplingRecipe(
        function: golden.torch ? .torch : .splines, isSegmentation: true, order: order, forceSeparateZ: golden.force)
      let resampler = recipe.labelResampler(
        from: golden.input.shape, to: golden.output.shape, current: golden.current, new: golden.target)
      #expect(resampler.resample(golden.input.bytes) == golden.output.bytes, "\(golden.name)")
      #expect(resampler.resample(golden.input.bytes, threads: 1) == golden.output.bytes, "\(golden.name)")
    }
  }

  @Test(arguments: [
    ([7, 40, 37], [7, 20, 55]), ([33, 18, 5], [20, 18, 9]), ([1, 50, 1], [1, 33, 4]), ([2, 3, 70], [5, 2, 31]),
    ([16, 16, 16], [32, 32, 32]), ([5, 1, 1], [9, 1, 1]),
  ])
  func fastEqualsPlain(_ shapes: ([Int], [Int])) {
    var noise = Noise(seed: 7)
    let input = noise.values(shapes.0.reduce(1, *)).map { $0 * 100 + 20 }
    let allowed = Resampler.worstRelativeError * 120
    for order in ResamplingRecipe.Order.allCases {
      for axis in [nil, 0, 1, 2] {
        let resampler = Resampler(from: shapes.0, to: shapes.1, order: order, separatedAxis: axis)
        let plain = resampler.resampleReference(input.map { Double($0) }).map { Float($0) }
        let fast = resampler.resample(input, threads: 1)
        #expect(largestDifference(fast, plain) < allowed, "\(order) \(String(describing: axis))")
        #expect(resampler.resample(input, threads: 5) == fast, "threads change nothing")
      }
    }
  }

  /// The comparison is sharp enough to notice each of nnU-Net's peculiarities.
  @Test func theToleranceNoticesMistakes() throws {
    let cases = try Golden.load().resampling
    let mistakes = [
      ("no edge samples", "cubic, rough", SplineMutant(edgeSamples: 0, halfPixel: true, clips: true)),
      ("no half-pixel shift", "cubic, rough", SplineMutant(edgeSamples: 12, halfPixel: false, clips: true)),
      ("no clipping", "cubic, steps", SplineMutant(edgeSamples: 12, halfPixel: true, clips: false)),
    ]
    for (mistake, name, mutant) in mistakes {
      let golden = try #require(cases.first { $0.name == name })
      let error = Self.error(of: mutant, on: golden)
      #expect(error > 100 * Self.againstNNUNet, "\(mistake): \(error)")
      let right = SplineMutant(edgeSamples: 12, halfPixel: true, clips: true)
      #expect(Self.error(of: right, on: golden) < Self.againstNNUNet)
    }
  }

  private static func error(of mutant: SplineMutant, on golden: Golden.Resampling) -> Float {
    let input = golden.input.floats
    let result = mutant.resize(input.map { Double($0) }, from: golden.input.shape, to: golden.output.shape)
    return largestDifference(result.map { Float($0) }, golden.output.floats) / deviation(input)
  }

  @Test func theSeparateZRuleIsNNUNets() {
    let rule: ([Double], [Double]) -> Int? = { ResamplingGrid.separatedAxis(force: nil, from: $0, to: $1) }
    #expect(rule([5, 1, 1], [1, 1, 1]) == 0)
    #expect(rule([3, 1, 1], [1, 1, 1]) == nil)
    #expect(rule([1, 1, 1], [4, 1, 1]) == 0)
    #expect(rule([5, 5, 1], [1, 1, 1]) == nil)
    #expect(rule([0.24, 1.25, 1.25], [1, 1, 1]) == nil)
    #expect(rule([1, 1, 3.5], [1, 1, 1]) == 2)
    #expect(ResamplingGrid.separatedAxis(force: true, from: [1.1, 1, 1], to: [1, 1, 1]) == 0)
    #expect(ResamplingGrid.separatedAxis(force: false, from: [9, 1, 1], to: [1, 1, 1]) == nil)
  }

  @Test func newShapesRoundHalvesToEven() {
    #expect(ResamplingGrid.newShape([5, 7, 36], from: [0.5, 0.5, 1], to: [1, 1, 1]) == [2, 4, 36])
    #expect(ResamplingGrid.newShape([1, 1, 1], from: [1e200, 1, 1], to: [1e-200, 1, 1])[0] == Int.max)
  }
}

/// A plain cubic resize with parts that can be left out.
struct SplineMutant {
  let edgeSamples: Int
  let halfPixel: Bool
  let clips: Bool

  func resize(_ voxels: [Double], from shape: [Int], to newShape: [Int]) -> [Double] {
    var (array, current) = (voxels, shape)
    for axis in 0..<3 where shape[axis] != newShape[axis] {
      (array, current) = along(axis, array, current, newShape[axis])
    }
    guard clips, let low = voxels.min(), let high = voxels.max() else { return array }
    return array.map { min(max($0, low), high) }
  }

  private func along(_ axis: Int, _ array: [Double], _ shape: [Int], _ count: Int) -> ([Double], [Int]) {
    var newShape = shape
    newShape[axis] = count
    let inner = shape[(axis + 1)...].reduce(1, *)
    var result = [Double](repeating: 0, count: newShape.reduce(1, *))
    for outer in 0..<shape[..<axis].reduce(1, *) {
      for column in 0..<inner {
        let line = (0..<shape[axis]).map { array[(outer * shape[axis] + $0) * inner + column] }
        for (index, value) in resized(line, count).enumerated() {
          result[(outer * count + index) * inner + column] = value
        }
      }
    }
    return (result, newShape)
  }

  private func resized(_ line: [Double], _ count: Int) -> [Double] {
    let first = [Double](repeating: line[0], count: edgeSamples)
    let last = [Double](repeating: line[line.count - 1], count: edgeSamples)
    let coefficients = Self.filtered(first + line + last)
    let scale = Double(line.count) / Double(count)
    return (0..<count).map { index in
      let x = halfPixel ? (Double(index) + 0.5) * scale - 0.5 : Double(index) * scale
      let base = Int(x.rounded(.down))
      return (-1...2).reduce(0.0) { sum, tap in
        let place = min(max(base + tap + edgeSamples, 0), coefficients.count - 1)
        return sum + coefficients[place] * Self.spline(x - Double(base + tap))
      }
    }
  }

  private static func spline(_ t: Double) -> Double {
    let d = abs(t)
    return d < 1 ? 2.0 / 3 - d * d + d * d * d / 2 : max(0, 2 - d) * max(0, 2 - d) * max(0, 2 - d) / 6
  }

  private static func filtered(_ samples: [Double]) -> [Double] {
    let z = 3.0.squareRoot() - 2
    var c = samples.map { 6 * $0 }
    var power = z
    for k in 1..<c.count {
      c[0] += power * c[k]
      power *= z
    }
    for k in 1..<c.count { c[k] += z * c[k - 1] }
    c[c.count - 1] = z / (z * z - 1) * (c[c.count - 1] + z * c[c.count - 2])
    for k in stride(from: c.count - 2, through: 0, by: -1) { c[k] = z * (c[k + 1] - c[k]) }
    return c
  }
}
