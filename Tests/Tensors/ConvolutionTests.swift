import TestSupport
import Tensors
import Testing

/// Single precision sums of a few thousand products of magnitude 1 differ from the Double twin by a few units in the
/// last place of the largest partial sum.
private let sumTolerance = 1e-5

/// Winograd's transforms add and subtract numbers larger than their result: a few units of 1e-5 for the largest tile (see
/// Sources/Tensors/README.md for its points and measured errors).
private let winogradTolerance = 5e-5

@Suite struct ConvolutionTests {
  @Test(arguments: ConvolutionProblem.small + ConvolutionProblem.wide)
  func equalsThePlainTwin(_ problem: ConvolutionProblem) {
    let expected = reference(problem)
    for (algorithm, set) in choices(problem) {
      let (dst, sums) = run(problem, threads: 2, set, algorithm)
      let tolerance = algorithm == .rows ? sumTolerance : winogradTolerance
      #expect(dst.difference(relativeTo: expected) < tolerance, "\(problem) \(algorithm) \(set)")
      let layout = ChannelLayout(groups: [problem.outputs])
      for (c, position) in layout.positions.enumerated() {
        let plane = expected.elements[c * sums.voxels..<(c + 1) * sums.voxels]
        let sum = plane.reduce(0.0) { $0 + Double($1) }
        let squares = plane.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(sums.sum[position] - sum) < tolerance * (squares * Double(sums.voxels)).squareRoot())
        #expect(abs(sums.squares[position] - squares) < tolerance * squares)
      }
    }
  }

  @Test(arguments: ConvolutionProblem.small)
  func isTheSameToTheBitForAnyNumberOfThreads(_ problem: ConvolutionProblem) {
    for algorithm in ConvolutionAlgorithm.all(shape(problem)) {
      let (one, sumsOfOne) = run(problem, threads: 1, nil, algorithm)
      for threads in [2, 3] {
        let (dst, sums) = run(problem, threads: threads, nil, algorithm)
        #expect(dst.elements == one.elements, "\(problem) \(algorithm) on \(threads) threads")
        #expect(sums.sum == sumsOfOne.sum && sums.squares == sumsOfOne.squares)
      }
    }
  }

  @Test func appliesWhatTheLayerBeforeLeft() throws {
    let problem = try #require(ConvolutionProblem.small.first { $0.name == "odd size" })
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
    let expected = Convolution.reference(normalised, weights: weights, stride: [1, 1, 1])
    for algorithm in ConvolutionAlgorithm.all(convolution.shape) {
      let dst = workspace.map(extent: problem.extent, layout: convolution.shape.outputLayout)
      _ = convolution(map, into: dst, in: workspace, algorithm: algorithm)
      #expect(Tensor(dst).difference(relativeTo: expected) < winogradTolerance, "\(algorithm)")
    }
  }

  private func shape(_ problem: ConvolutionProblem) -> ConvolutionShape {
    ConvolutionShape(
      sourceLayout: problem.layout, outputChannels: problem.outputs, kernel: problem.kernel, stride: problem.stride)
  }

  private func choices(_ problem: ConvolutionProblem) -> [(ConvolutionAlgorithm, InstructionSet)] {
    ConvolutionAlgorithm.all(shape(problem)).flatMap { algorithm in
      InstructionSet.available.map { (algorithm, $0) }
    }
  }

  private func run(
    _ problem: ConvolutionProblem, threads: Int, _ set: InstructionSet?, _ algorithm: ConvolutionAlgorithm
  ) -> (Tensor, ChannelSums) {
    let workspace = Workspace(pool: WorkerPool(threads: threads), instructionSet: set)
    let channels = problem.groups.reduce(0, +)
    let src = Tensor.seeded([channels] + problem.extent, seed: 1)
    let weights = Tensor.seeded([problem.outputs, channels] + problem.kernel, seed: 2)
    let convolution = Convolution(weights: weights, sourceLayout: problem.layout, stride: problem.stride)
    let map = workspace.map(src, layout: problem.layout)
    let dst = workspace.map(
      extent: convolution.shape.outputExtent(problem.extent), layout: convolution.shape.outputLayout)
    let sums = convolution(map, into: dst, in: workspace, algorithm: algorithm)
    return (Tensor(dst), sums)
  }

  private func reference(_ problem: ConvolutionProblem) -> Tensor {
    let channels = problem.groups.reduce(0, +)
    return Convolution.reference(
      .seeded([channels] + problem.extent, seed: 1),
      weights: .seeded([problem.outputs, channels] + problem.kernel, seed: 2), stride: problem.stride)
  }
}
