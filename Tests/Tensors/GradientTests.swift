import TestSupport
import Tensors
import Testing

/// Sums of some thousand products in single precision against Double, some parts added up apart.
private let sumTolerance = 2e-5
/// Winograd's transforms add and subtract numbers larger than their result; see Sources/Tensors/README.md.
private let winogradTolerance = 1e-4

/// The gradients of kernels against their plain twins, whose own gradients pass finite differences (`PlainGradientTests`).
@Suite struct GradientTests {
  @Test(arguments: ConvolutionProblem.small)
  func weightGradientEqualsThePlainTwin(_ problem: ConvolutionProblem) {
    let shape = shape(problem)
    let (src, gradients) = batch(problem)
    var expected = WideTensor(shape: [problem.outputs, src[0].shape[0]] + problem.kernel)
    for (x, g) in zip(src, gradients) { expected += plain(problem).weightGradient(WideTensor(x), WideTensor(g)) }
    for algorithm in ConvolutionAlgorithm.all(shape) {
      for set in InstructionSet.available {
        let found = weightGradient(problem, src, gradients, threads: 2, algorithm, set)
        #expect(
          found.difference(relativeTo: expected.narrowed) < (algorithm == .rows ? sumTolerance : winogradTolerance),
          "\(problem) \(algorithm) \(set)")
      }
    }
  }

  @Test(arguments: ConvolutionProblem.small)
  func weightGradientIsTheSameToTheBitForAnyNumberOfThreads(_ problem: ConvolutionProblem) {
    let (src, gradients) = batch(problem)
    for algorithm in ConvolutionAlgorithm.all(shape(problem)) {
      let results = [1, 2, 3].map { weightGradient(problem, src, gradients, threads: $0, algorithm, nil).elements }
      #expect(results[1] == results[0] && results[2] == results[0], "\(problem) \(algorithm)")
    }
  }

  @Test(arguments: ConvolutionProblem.small.filter { $0.layout.multiple > 1 })
  func inputGradientEqualsThePlainTwin(_ problem: ConvolutionProblem) {
    let shape = shape(problem)
    let weights = Tensor.seeded([problem.outputs, shape.sourceLayout.channels] + problem.kernel, seed: 1)
    let gradient = Tensor.seeded([problem.outputs] + shape.outputExtent(problem.extent), seed: 2)
    let before = Tensor.seeded([shape.sourceLayout.channels] + problem.extent, seed: 3)
    var expected = plain(problem).inputGradient(
      WideTensor(gradient), weights: WideTensor(weights), extent: problem.extent)
    for set in InstructionSet.available {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      let wayBack = InputGradient(weights: weights, shape: shape, extent: problem.extent)
      let from = workspace.map(gradient, layout: shape.outputLayout)
      let to = workspace.map(extent: problem.extent, layout: shape.sourceLayout)
      wayBack([from], into: [to], adding: false, in: workspace)
      #expect(Tensor(to).difference(relativeTo: expected.narrowed) < winogradTolerance, "\(problem) \(set)")
      let sum = workspace.map(before, layout: shape.sourceLayout)
      wayBack([from], into: [sum], adding: true, in: workspace)
      var total = expected
      total += WideTensor(before)
      #expect(Tensor(sum).difference(relativeTo: total.narrowed) < winogradTolerance, "\(problem) \(set), adding")
    }
    expected += expected
  }

  @Test func normGradientEqualsThePlainTwin() {
    let src = Tensor.seeded([20, 17, 19, 23], seed: 1)
    let gradient = Tensor.seeded(src.shape, seed: 2)
    let weight = Tensor.seeded([20], seed: 3).elements
    let bias = Tensor.seeded([20], seed: 4).elements
    let expected = PlainNorm(epsilon: 1e-5, negativeSlope: 0.01).gradients(
      WideTensor(src), weight: weight.map { Double($0) }, bias: bias.map { Double($0) }, WideTensor(gradient))
    let layout = ChannelLayout(groups: [20])
    for set in InstructionSet.available {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      var map = workspace.map(src, layout: layout)
      let sums = ChannelSums(over: map, in: workspace)
      map.pointwise = InstanceNorm(weight: weight, bias: bias, epsilon: 1e-5, negativeSlope: 0.01).pointwise(sums)
      // Beside something else, as a skip's gradient lies.
      let from = workspace.map(extent: map.extent, layout: ChannelLayout(groups: [20, 20])).group(1)
      ResidualSum.add(
        workspace.map(gradient, layout: layout), workspace.map(Tensor(shape: src.shape), layout: layout),
        negativeSlope: 1, into: from, in: workspace)
      var ofWeight = [Double](repeating: 0, count: 20)
      var ofBias = ofWeight
      NormGradient(weight: weight, epsilon: 1e-5)(
        [from], src: [map], sums: [sums], into: [from], weightGradient: &ofWeight, biasGradient: &ofBias, in: workspace)
      #expect(Tensor(from).difference(relativeTo: expected.src.narrowed) < sumTolerance, "\(set)")
      #expect(close(ofWeight, expected.weight) && close(ofBias, expected.bias), "\(set)")
    }
  }

  @Test(arguments: [[2, 2, 2], [1, 2, 2], [2, 1, 1], [4, 2, 1]])
  func transposedConvolutionGradientEqualsThePlainTwin(_ kernel: [Int]) {
    let (inputs, outputs) = (30, 20)
    let src = (0..<2).map { Tensor.seeded([inputs, 5, 7, 6], seed: UInt64($0)) }
    let out = zip([5, 7, 6], kernel).map { $0 * $1 }
    let gradients = (0..<2).map { Tensor.seeded([outputs] + out, seed: UInt64(10 + $0)) }
    let weights = Tensor.seeded([inputs, outputs] + kernel, seed: 20)
    let plain = PlainConvolution.blocks(kernel)
    var ofWeights = WideTensor(shape: weights.shape)
    for (x, g) in zip(src, gradients) { ofWeights += plain.weightGradient(WideTensor(g), WideTensor(x)) }
    let layout = ChannelLayout(groups: [inputs])
    for set in InstructionSet.available {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      let result = src.map { workspace.map(extent: Array($0.shape[1...]), layout: layout) }
      var found = ArraySlice([Float](repeating: 0, count: weights.count))
      var bias = [Double](repeating: 0, count: outputs)
      TransposedConvolutionGradient(weights: weights, sourceLayout: layout)(
        gradients.map { workspace.map($0, layout: ChannelLayout(groups: [outputs])) },
        src: src.map { workspace.map($0, layout: layout) }, into: result, weightGradient: &found, biasGradient: &bias,
        in: workspace)
      for (map, g) in zip(result, gradients) {
        let expected = plain(WideTensor(g), weights: WideTensor(weights)).narrowed
        #expect(Tensor(map).difference(relativeTo: expected) < sumTolerance, "\(set)")
      }
      let tensor = Tensor(shape: weights.shape, elements: Array(found))
      #expect(tensor.difference(relativeTo: ofWeights.narrowed) < sumTolerance, "\(set)")
      let sums = gradients.map { PlainConvolution.biasGradient(WideTensor($0)) }
      #expect(close(bias, zip(sums[0], sums[1]).map { $0 + $1 }), "\(set)")
    }
  }

  @Test(arguments: [1, 3, 20])
  func headGradientEqualsThePlainTwin(_ classes: Int) {
    let src = (0..<2).map { Tensor.seeded([30, 9, 11, 13], seed: UInt64($0)) }
    let gradients = (0..<2).map { Tensor.seeded([classes, 9, 11, 13], seed: UInt64(10 + $0)) }
    let weights = Tensor.seeded([classes, 30, 1, 1, 1], seed: 20)
    let layout = ChannelLayout(groups: [30])
    let workspace = Workspace(pool: WorkerPool(threads: 2))
    let plain = PlainConvolution(kernel: [1, 1, 1], stride: [1, 1, 1])
    var ofWeights = WideTensor(shape: weights.shape)
    for (x, g) in zip(src, gradients) { ofWeights += plain.weightGradient(WideTensor(x), WideTensor(g)) }
    for adding in [false, true] {
      let result = src.map { workspace.map($0, layout: layout) }
      var found = ArraySlice([Float](repeating: 0, count: weights.count))
      var bias = [Double](repeating: 0, count: classes)
      HeadGradient(weights: weights, sourceLayout: layout)(
        gradients, src: src.map { workspace.map($0, layout: layout) }, into: result, adding: adding,
        weightGradient: &found, biasGradient: &bias, in: workspace)
      for i in src.indices {
        var expected = plain.inputGradient(
          WideTensor(gradients[i]), weights: WideTensor(weights), extent: [9, 11, 13])
        if adding { expected += WideTensor(src[i]) }
        #expect(Tensor(result[i]).difference(relativeTo: expected.narrowed) < sumTolerance)
      }
      let tensor = Tensor(shape: weights.shape, elements: Array(found))
      #expect(tensor.difference(relativeTo: ofWeights.narrowed) < sumTolerance)
      let sums = gradients.map { PlainConvolution.biasGradient(WideTensor($0)) }
      #expect(close(bias, zip(sums[0], sums[1]).map { $0 + $1 }))
    }
  }

  @Test(arguments: [[2, 2, 2], [1, 2, 2], [1, 3, 1]])
  func poolingEqualsThePlainTwin(_ stride: [Int]) {
    let src = Tensor.seeded([20, 8, 12, 18], seed: 1)
    let layout = ChannelLayout(groups: [20])
    let before = Tensor.seeded(src.shape, seed: 2)
    for set in InstructionSet.available {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      let map = workspace.map(src, layout: layout)
      let dst = workspace.map(extent: AveragePool.outputExtent(map.extent, stride: stride), layout: layout)
      MaxPool.pool(map, stride: stride, into: dst, in: workspace)
      let largest = PlainPool(.max, stride: stride)
      #expect(Tensor(dst) == largest(WideTensor(src)).narrowed)
      let gradient = Tensor.seeded([20] + dst.extent, seed: 3)
      for kind in [PlainPool.Kind.max, .average] {
        let sum = workspace.map(before, layout: layout)
        let from = workspace.map(gradient, layout: layout)
        if kind == .max {
          MaxPool.addGradient(from, src: map, stride: stride, to: sum, in: workspace)
        } else {
          AveragePool.addGradient(from, stride: stride, to: sum, in: workspace)
        }
        var expected = PlainPool(kind, stride: stride).gradient(WideTensor(src), WideTensor(gradient))
        expected += WideTensor(before)
        #expect(Tensor(sum).difference(relativeTo: expected.narrowed) < 1e-6, "\(set)")
      }
    }
  }

  private func close(_ a: [Double], _ b: [Double]) -> Bool {
    let size = b.reduce(0) { max($0, abs($1)) }
    return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < sumTolerance * size }
  }

  private func shape(_ problem: ConvolutionProblem) -> ConvolutionShape {
    ConvolutionShape(
      sourceLayout: problem.layout, outputChannels: problem.outputs, kernel: problem.kernel, stride: problem.stride)
  }

  private func plain(_ problem: ConvolutionProblem) -> PlainConvolution {
    PlainConvolution(kernel: problem.kernel, stride: problem.stride)
  }

  private func batch(_ problem: ConvolutionProblem) -> (src: [Tensor], gradients: [Tensor]) {
    let shape = shape(problem)
    return (
      (0..<2).map { .seeded([shape.sourceLayout.channels] + problem.extent, seed: UInt64($0)) },
      (0..<2).map { .seeded([problem.outputs] + shape.outputExtent(problem.extent), seed: UInt64(10 + $0)) }
    )
  }

  private func weightGradient(
    _ problem: ConvolutionProblem, _ src: [Tensor], _ gradients: [Tensor], threads: Int,
    _ algorithm: ConvolutionAlgorithm, _ set: InstructionSet?
  ) -> Tensor {
    let shape = shape(problem)
    let workspace = Workspace(pool: WorkerPool(threads: threads), instructionSet: set)
    let size = [problem.outputs, shape.sourceLayout.channels] + problem.kernel
    var found = ArraySlice([Float](repeating: .nan, count: size.reduce(1, *)))
    WeightGradient(shape)(
      src.map { workspace.map($0, layout: shape.sourceLayout) },
      gradients.map { workspace.map($0, layout: shape.outputLayout) }, into: &found, in: workspace,
      algorithm: algorithm)
    return Tensor(shape: size, elements: Array(found))
  }
}
