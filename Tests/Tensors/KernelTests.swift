import TestSupport
import Tensors
import Testing

/// Sums of a few hundred products in single precision against Double.
private let sumTolerance = 1e-5
/// One rounding per operation, a handful of operations per value.
private let pointwiseTolerance = 1e-6

/// Sizes are such that every kernel has several tasks.
@Suite struct KernelTests {
  private let instructionSets = InstructionSet.available

  @Test(arguments: [[2, 2, 2], [1, 2, 2], [2, 1, 1], [4, 2, 1]])
  func transposedConvolutionEqualsThePlainTwin(_ kernel: [Int]) {
    for set in instructionSets {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      for (inputs, outputs) in [(32, 16), (30, 20), (5, 3)] {
        let src = Tensor.seeded([inputs, 7, 9, 11], seed: 1)
        let weights = Tensor.seeded([inputs, outputs] + kernel, seed: 2)
        let bias = Tensor.seeded([outputs], seed: 3).elements
        let layout = ChannelLayout(groups: [inputs])
        let up = TransposedConvolution(weights: weights, bias: bias, sourceLayout: layout)
        let concatenation = workspace.map(
          extent: up.outputExtent([7, 9, 11]), layout: ChannelLayout(groups: [outputs, outputs]))
        up(workspace.map(src, layout: layout), into: concatenation.group(0), in: workspace)
        let expected = TransposedConvolution.reference(src, weights: weights, bias: bias)
        #expect(Tensor(concatenation.group(0)).difference(relativeTo: expected) < sumTolerance)
      }
    }
  }

  @Test func instanceNormEqualsThePlainTwin() {
    let src = Tensor.seeded([32, 5, 6, 7], seed: 1)
    let weight = Tensor.seeded([32], seed: 2).elements
    let bias = Tensor.seeded([32], seed: 3).elements
    let workspace = Workspace(pool: WorkerPool(threads: 1))
    var map = workspace.map(src, layout: ChannelLayout(groups: [32]))
    map.pointwise = InstanceNorm(weight: weight, bias: bias, epsilon: 1e-5, negativeSlope: 0.01)
      .pointwise(ChannelSums(over: map, in: workspace))
    let expected = InstanceNorm.reference(src, weight: weight, bias: bias, epsilon: 1e-5, negativeSlope: 0.01)
    #expect(Tensor(map).difference(relativeTo: expected) < pointwiseTolerance)
  }

  @Test func residualSumEqualsThePlainTwin() {
    let a = Tensor.seeded([20, 17, 19, 23], seed: 1)
    let b = Tensor.seeded([20, 17, 19, 23], seed: 2)
    let layout = ChannelLayout(groups: [20])
    for set in instructionSets {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      let dst = workspace.map(extent: [17, 19, 23], layout: layout)
      ResidualSum.add(
        workspace.map(a, layout: layout), workspace.map(b, layout: layout), negativeSlope: 0.01, into: dst,
        in: workspace)
      let expected = ResidualSum.reference(a, b, negativeSlope: 0.01)
      #expect(Tensor(dst).difference(relativeTo: expected) < pointwiseTolerance)
    }
  }

  @Test(arguments: [[2, 2, 2], [1, 2, 2]])
  func averagePoolEqualsThePlainTwin(_ stride: [Int]) {
    let src = Tensor.seeded([20, 12, 22, 18], seed: 1)
    let layout = ChannelLayout(groups: [20])
    for set in instructionSets {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      let dst = workspace.map(extent: AveragePool.outputExtent([12, 22, 18], stride: stride), layout: layout)
      AveragePool.pool(workspace.map(src, layout: layout), stride: stride, into: dst, in: workspace)
      #expect(Tensor(dst).difference(relativeTo: AveragePool.reference(src, stride: stride)) < pointwiseTolerance)
    }
  }

  @Test(arguments: [1, 3, 20, 105])
  func headEqualsAConvolutionOfOneTap(_ classes: Int) {
    let src = Tensor.seeded([30, 9, 11, 13], seed: 1)
    let weights = Tensor.seeded([classes, 30, 1, 1, 1], seed: 2)
    let bias = Tensor.seeded([classes], seed: 3).elements
    let layout = ChannelLayout(groups: [30])
    let workspace = Workspace(pool: WorkerPool(threads: 2))
    let dst = Head(weights: weights, bias: bias, sourceLayout: layout)(
      workspace.map(src, layout: layout), in: workspace)
    let expected = Convolution.reference(src, weights: weights, bias: bias, stride: [1, 1, 1])
    #expect(dst.difference(relativeTo: expected) < sumTolerance)
  }
}
