import Foundation
import Networks
import TestSupport
import Testing
import Training

struct OptimiserTests {
  /// Largest difference of an update, relative to the parameter's largest: float32 weights of about 1 that change by 0.01 lose 1e-5.
  static let tolerance = 1e-4

  /// Parameters of a golden step, as the engine lays them out.
  struct Flat {
    var ranges: [Range<Int>] = []
    var values: [Float] = []
    var gradients: [Float] = []
    var hasGradient: [Bool] = []

    init(_ golden: GoldenStep) {
      for (parameter, gradient) in zip(golden.parameters("weights"), golden.parameters("gradients")) {
        ranges.append(values.count..<values.count + parameter.values.count)
        values += parameter.values
        gradients += gradient.values
        hasGradient.append(gradient.values.contains { $0 != 0 })
      }
    }

    mutating func step(_ optimiser: inout Optimiser, rate: Double) {
      let trained = zip(ranges, hasGradient).filter { $1 }.map { $0.0 }
      optimiser.step(&values, gradients: gradients, ranges: trained, rate: rate)
    }
  }

  @Test(arguments: GoldenStep.names) func `a step of Adam is PyTorch's`(_ name: String) throws {
    let golden = try GoldenStep.load(name)
    var flat = Flat(golden)
    let before = flat.values
    var optimiser = Optimiser.adam(Adam())
    flat.step(&optimiser, rate: 3e-4)
    let (updates, gradients) = (golden.parameters("adam"), golden.parameters("gradients"))
    for (index, range) in flat.ranges.enumerated() {
      // Adam's first step is the rate times the sign: biases whose exact gradient is 0 follow PyTorch's rounding noise.
      let isNoise = gradients[index].values.allSatisfy { abs($0) < 1e-9 }
      if !isNoise { expect(flat.values, before, range, updates[index].values) }
    }
  }

  @Test(arguments: GoldenStep.names) func `a whole engine step with SGD is PyTorch's, twice`(_ name: String) throws {
    let (golden, step) = (try GoldenStep.load(name), try EngineStep(name))
    let network = try step.network()
    let before = network.values
    var optimiser = Optimiser.sgd(SGD())
    for _ in 0..<2 {
      _ = try step.backward(network)
      optimiser.step(network, rate: 0.01)
    }
    for slice in network.parameters {
      let update = golden.parameters("sgd").first { $0.name == slice.name }
      expect(network.values, before, slice.range, try #require(update).values)
    }
  }

  @Test func `momentum, decay and limit follow PyTorch's formulas by hand`() {
    // Norm 13 on a limit of 6.5 halves the gradient (3, 4, 12).
    var sgd = SGD()
    (sgd.momentum, sgd.weightDecay, sgd.gradientNormLimit) = (0.5, 0.1, 6.5)
    var optimiser = Optimiser.sgd(sgd)
    var values: [Float] = [10, 20, 30, 40]
    let norm = optimiser.step(
      &values, gradients: [3, 4, 12, 99], ranges: [0..<3], rate: 0.1)
    #expect(norm == 13)
    // d = 1.5 + 1 = 2.5, b = 2.5, step 0.1 (2.5 + 1.25).
    for (value, expected) in zip(values, [Float(9.625), 19.4, 28.65]) { #expect(abs(value - expected) < 1e-5) }
    #expect(values[3] == 40)
    _ = optimiser.step(&values, gradients: [0, 0, 0, 99], ranges: [0..<3], rate: 0.1)
    // d = 0.9625, b = 1.25 + 0.9625 = 2.2125, step 0.1 (0.9625 + 1.10625).
    #expect(abs(values[0] - 9.418125) < 1e-5)
  }

  @Test func `a gradient that is not finite changes nothing`() {
    var values: [Float] = [1, 2]
    for var optimiser in [Optimiser.sgd(SGD()), .adam(Adam())] {
      let before = optimiser
      let norm = optimiser.step(&values, gradients: [.nan, 1], ranges: [0..<2], rate: 1)
      #expect(norm.isNaN && values == [1, 2] && optimiser == before)
    }
  }

  @Test func `a restored state goes on bit for bit, a strange one is refused`() throws {
    for start in [Optimiser.sgd(SGD()), .adam(Adam())] {
      var (straight, flat) = (start, Flat(try GoldenStep.load("max-pooling")))
      for _ in 0..<2 { flat.step(&straight, rate: 1e-3) }
      var again = start
      try again.restore(straight.state, parameters: flat.values.count)
      #expect(again == straight)
      var other = flat
      flat.step(&straight, rate: 1e-3)
      other.step(&again, rate: 1e-3)
      #expect(flat.values == other.values)
      #expect(throws: OptimiserStateError.self) { try again.restore(straight.state, parameters: 3) }
      #expect(throws: OptimiserStateError.self) {
        try again.restore(OptimiserState(arrays: [:], steps: 0), parameters: flat.values.count)
      }
    }
  }

  private func expect(_ values: [Float], _ before: [Float], _ range: Range<Int>, _ update: [Float]) {
    let mine = range.map { Double(values[$0]) - Double(before[$0]) }
    let scale = update.reduce(1e-12) { max($0, Double(abs($1))) }
    // Parameters are stored as Float: half a unit in the last place of the largest, on top.
    let rounding = range.reduce(0) { max($0, Double(values[$1].ulp)) }
    let worst = zip(mine, update).reduce(0) { max($0, abs($1.0 - Double($1.1))) }
    #expect(worst < Self.tolerance * scale + rounding)
  }
}
