import TestSupport
import Tensors
import Testing

/// A map's products may be added up in another order among others than alone: single precision sums, after Winograd's transforms.
private let orderTolerance = 5e-5

/// Batches as training has them: small maps go through the threads together, and each step's convolution takes over the memory of
/// the one before it.
@Suite struct BatchConvolutionTests {
  @Test(arguments: ConvolutionProblem.small + ConvolutionProblem.wide)
  func mapsTogetherGiveWhatEachGivesAlone(_ problem: ConvolutionProblem) {
    let made = Maps(problem, seed: 1)
    for algorithm in ConvolutionAlgorithm.all(made.convolution.shape) {
      let (together, sums) = made.run(made.convolution, 0..<5, algorithm)
      for i in 0..<5 {
        let (alone, own) = made.run(made.convolution, i..<i + 1, algorithm)
        #expect(together[i].difference(relativeTo: alone[0]) < orderTolerance, "\(problem) \(algorithm), map \(i)")
        for (a, b) in zip(sums[i].squares, own[0].squares) { #expect(abs(a - b) <= orderTolerance * abs(b)) }
      }
    }
  }

  @Test(arguments: ConvolutionProblem.small)
  func aBatchIsTheSameToTheBitForAnyNumberOfThreads(_ problem: ConvolutionProblem) {
    let made = Maps(problem, seed: 1)
    for algorithm in ConvolutionAlgorithm.all(made.convolution.shape) {
      let one = made.run(made.convolution, 0..<5, algorithm, threads: 1).dst.map { $0.elements }
      #expect(made.run(made.convolution, 0..<5, algorithm, threads: 3).dst.map { $0.elements } == one)
    }
  }

  @Test(arguments: ConvolutionProblem.small)
  func takingOverMemoryChangesNothing(_ problem: ConvolutionProblem) {
    let (former, made) = (Maps(problem, seed: 1), Maps(problem, seed: 20))
    for algorithm in ConvolutionAlgorithm.all(made.convolution.shape) {
      let expected = made.run(made.convolution, 0..<2, algorithm).dst.map { $0.elements }
      _ = former.run(former.convolution, 0..<2, algorithm)
      let next = Convolution(
        weights: made.weights, sourceLayout: problem.layout, stride: problem.stride, reusing: former.convolution)
      #expect(made.run(next, 0..<2, algorithm).dst.map { $0.elements } == expected, "\(problem) \(algorithm)")
    }
  }
}

/// Five srcs of a problem and its convolution.
private struct Maps {
  let weights: Tensor
  let convolution: Convolution
  private let src: [Tensor]
  private let problem: ConvolutionProblem

  init(_ problem: ConvolutionProblem, seed: UInt64) {
    self.problem = problem
    let channels = problem.groups.reduce(0, +)
    src = (0..<5).map { Tensor.seeded([channels] + problem.extent, seed: seed + $0) }
    weights = Tensor.seeded([problem.outputs, channels] + problem.kernel, seed: seed + 5)
    convolution = Convolution(weights: weights, sourceLayout: problem.layout, stride: problem.stride)
  }

  func run(
    _ convolution: Convolution, _ range: Range<Int>, _ algorithm: ConvolutionAlgorithm, threads: Int = 2
  ) -> (dst: [Tensor], sums: [ChannelSums]) {
    let workspace = Workspace(pool: WorkerPool(threads: threads))
    let shape = convolution.shape
    let maps = src[range].map { workspace.map($0, layout: problem.layout) }
    let dst = maps.map { workspace.map(extent: shape.outputExtent($0.extent), layout: shape.outputLayout) }
    let sums = convolution(maps, into: dst, in: workspace, algorithm: algorithm)
    return (dst.map { Tensor($0) }, sums)
  }
}
