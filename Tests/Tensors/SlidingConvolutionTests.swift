import TestSupport
import Tensors
import Testing

/// Winograd's transforms add and subtract numbers larger than their result, twice in a row (see `ConvolutionTests`).
private let winogradTolerance = 1e-4

/// Convolutions in the memory of their source: written too early, a layer of tiles would be read by the next.
@Suite struct SlidingConvolutionTests {
  struct Problem: Sendable, CustomStringConvertible {
    let channels: Int
    let extent: [Int]
    let kernel: [Int]

    var description: String { "\(channels) \(extent) \(kernel)" }
    var layout: ChannelLayout { ChannelLayout(groups: [channels]) }
  }

  static let problems = [
    Problem(channels: 16, extent: [12, 9, 10], kernel: [3, 3, 3]),
    Problem(channels: 30, extent: [32, 6, 7], kernel: [3, 3, 3]),
    Problem(channels: 16, extent: [35, 8, 8], kernel: [3, 3, 3]),
    Problem(channels: 32, extent: [14, 12, 9], kernel: [1, 3, 3]),
    Problem(channels: 16, extent: [66, 8, 4], kernel: [3, 3, 3]),
  ]

  @Test(arguments: problems)
  func backAndForthEqualsThePlainTwin(_ problem: Problem) throws {
    let channels = problem.channels
    let src = Tensor.seeded([channels] + problem.extent, seed: 1)
    let kernels = [2, 3].map { Tensor.seeded([channels, channels] + problem.kernel, seed: $0) }
    var expected = src
    for kernel in kernels { expected = Convolution.reference(expected, weights: kernel, stride: [1, 1, 1]) }
    let convolutions = kernels.map { Convolution(weights: $0, sourceLayout: problem.layout, stride: [1, 1, 1]) }
    var bits: [Float]?
    for (threads, set) in [(1, nil), (2, nil), (3, nil)] + InstructionSet.available.map({ (2, $0) }) {
      let workspace = Workspace(pool: WorkerPool(threads: threads), instructionSet: set, largeMap: 0)
      var map = workspace.roomyMap(src, layout: problem.layout)
      let held = workspace.peakBytes
      for convolution in convolutions {
        try #require(convolution.replaces(map, in: workspace))
        let (dst, sums) = convolution.slide(map, in: workspace)
        let own = ChannelSums(over: dst, in: workspace)
        for (a, b) in zip(sums.squares, own.squares) { #expect(abs(a - b) <= winogradTolerance * b) }
        map = dst
      }
      let dst = Tensor(map)
      #expect(workspace.peakBytes == held, "no second map")
      #expect(dst.difference(relativeTo: expected) < winogradTolerance, "\(threads) threads")
      if set == nil {
        #expect(bits ?? dst.elements == dst.elements, "the same bits on \(threads) threads")
        bits = dst.elements
      }
    }
  }

  @Test(arguments: [[2, 2, 2], [1, 2, 2], [3, 2, 1], [4, 1, 1]])
  func upsampledBesideASkipEqualsTheConcatenation(_ step: [Int]) throws {
    let (below, features, under) = (20, 16, [step[0] == 1 ? 36 : 12, 5, 6])
    let extent = zip(under, step).map { $0 * $1 }
    let layout = ChannelLayout(groups: [features])
    let up = TransposedConvolution(
      weights: .seeded([below, features] + step, seed: 1), bias: Tensor.seeded([features], seed: 2).elements,
      sourceLayout: ChannelLayout(groups: [below]))
    let weights = Tensor.seeded([features, 2 * features, 3, 3, 3], seed: 3)
    let convolution = Convolution(
      weights: weights, sourceLayout: ChannelLayout(groups: [features, features]), stride: [1, 1, 1])
    let (low, skip) = (Tensor.seeded([below] + under, seed: 4), Tensor.seeded([features] + extent, seed: 5))
    let upsampled = TransposedConvolution.reference(
      low, weights: .seeded([below, features] + step, seed: 1), bias: Tensor.seeded([features], seed: 2).elements)
    let norm = InstanceNorm(
      weight: Tensor.seeded([features], seed: 6).elements, bias: Tensor.seeded([features], seed: 7).elements,
      epsilon: 1e-5, negativeSlope: 0.01)
    for goesOn in [false, true] {
      let workspace = Workspace(pool: WorkerPool(threads: 2), largeMap: 0)
      var map = workspace.roomyMap(skip, layout: layout)
      if goesOn {
        // Once there and back leaves the map behind its room, so that the layers run the other way.
        let plain = Convolution(
          weights: .seeded([features, features, 3, 3, 3], seed: 8), sourceLayout: layout, stride: [1, 1, 1])
        map = plain.slide(map, in: workspace).dst
      }
      map.pointwise = norm.pointwise(ChannelSums(over: map, in: workspace))
      let both = Tensor(
        shape: [2 * features] + extent, elements: upsampled.elements + Tensor(map).elements)
      let expected = Convolution.reference(both, weights: weights, stride: [1, 1, 1])
      let from = workspace.map(low, layout: ChannelLayout(groups: [below]))
      try #require(convolution.slides(extent, in: workspace))
      let (dst, _) = convolution.slide(map, beside: up, of: from, in: workspace)
      #expect(Tensor(dst).difference(relativeTo: expected) < winogradTolerance, "\(goesOn)")
    }
  }
}
