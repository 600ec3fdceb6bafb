import TestSupport
import Tensors
import Testing

/// Single precision sums of a few thousand products of magnitude 1 differ from the Double twin by a few units in the
/// last place of the largest partial sum.
private let sumTolerance = 1e-5

@Suite struct ConvolutionTests {
  @Test(arguments: ConvolutionProblem.small)
  func equalsThePlainTwin(_ problem: ConvolutionProblem) {
    for set in InstructionSet.available {
      let (dst, sums, expected) = run(problem, threads: 2, set)
      #expect(dst.difference(relativeTo: expected) < sumTolerance, "\(problem) \(set)")
      let layout = ChannelLayout(groups: [problem.outputs])
      for (c, position) in layout.positions.enumerated() {
        let plane = expected.elements[c * sums.voxels..<(c + 1) * sums.voxels]
        let sum = plane.reduce(0.0) { $0 + Double($1) }
        let squares = plane.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(sums.sum[position] - sum) < sumTolerance * (squares * Double(sums.voxels)).squareRoot())
        #expect(abs(sums.squares[position] - squares) < sumTolerance * squares)
      }
    }
  }

  @Test(arguments: ConvolutionProblem.small)
  func isTheSameToTheBitForAnyNumberOfThreads(_ problem: ConvolutionProblem) {
    let (one, sumsOfOne, _) = run(problem, threads: 1, nil)
    for threads in [2, 3] {
      let (dst, sums, _) = run(problem, threads: threads, nil)
      #expect(dst.elements == one.elements, "\(problem) on \(threads) threads")
      #expect(sums.sum == sumsOfOne.sum && sums.squares == sumsOfOne.squares)
    }
  }

  @Test func appliesWhatTheLayerBeforeLeft() {
    let problem = ConvolutionProblem.small[4]
    let workspace = Workspace(pool: WorkerPool(threads: 2))
    let src = Tensor.seeded([16] + problem.extent, seed: 3)
    let weights = Tensor.seeded([32, 16, 3, 3, 3], seed: 4)
    let gains = Tensor.seeded([16], seed: 5).elements
    let biases = Tensor.seeded([16], seed: 6).elements
    var map = workspace.map(src, layout: problem.layout)
    map.pointwise = InstanceNorm(weight: gains, bias: biases, epsilon: 1e-5, negativeSlope: 0.01)
      .pointwise(ChannelSums(over: map, in: workspace))
    let normalised = InstanceNorm.reference(src, weight: gains, bias: biases, epsilon: 1e-5, negativeSlope: 0.01)
    let convolution = Convolution(weights: weights, sourceLayout: problem.layout, stride: [1, 1, 1])
    let dst = workspace.map(extent: problem.extent, layout: convolution.shape.outputLayout)
    _ = convolution(map, into: dst, in: workspace)
    let expected = Convolution.reference(normalised, weights: weights, stride: [1, 1, 1])
    #expect(Tensor(dst).difference(relativeTo: expected) < sumTolerance)
  }

  private func run(
    _ problem: ConvolutionProblem, threads: Int, _ set: InstructionSet?
  ) -> (Tensor, ChannelSums, expected: Tensor) {
    let workspace = Workspace(pool: WorkerPool(threads: threads), instructionSet: set)
    let channels = problem.groups.reduce(0, +)
    let src = Tensor.seeded([channels] + problem.extent, seed: 1)
    let weights = Tensor.seeded([problem.outputs, channels] + problem.kernel, seed: 2)
    let convolution = Convolution(weights: weights, sourceLayout: problem.layout, stride: problem.stride)
    let map = workspace.map(src, layout: problem.layout)
    let dst = workspace.map(
      extent: convolution.shape.outputExtent(problem.extent), layout: convolution.shape.outputLayout)
    let sums = convolution(map, into: dst, in: workspace)
    let expected = Convolution.reference(src, weights: weights, stride: problem.stride)
    return (Tensor(dst), sums, expected)
  }
}
