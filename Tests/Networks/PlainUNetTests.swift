import Networks
import Tensors
import TestSupport
import Testing

/// Step of the central differences. A LeakyReLU or a pooling window that changes sides within it would show as an error of its
/// size, so it is small; Double leaves 1e-16 / 1e-6 of rounding.
private let step = 1e-6
/// What that leaves, relative to the largest gradient of the parameter.
private let differenceTolerance = 1e-5

/// The gradients of the plain twin are what a finite difference of its forward pass says, for parameters of every kind.
@Suite struct PlainUNetTests {
  @Test(arguments: TinyNetwork.all)
  func gradientsAreFiniteDifferences(_ tiny: TinyNetwork) throws {
    let weights = try tiny.weights(seed: 1).mapValues { WideTensor($0) }
    let src = WideTensor(tiny.image(seed: 2))
    let network = PlainUNet(architecture: tiny.architecture, weights: weights, deepSupervision: true)
    let seeds = network.forward(src).enumerated().map { WideTensor(Tensor.seeded($1.shape, seed: UInt64(3 + $0))) }
    let gradients = network.gradients(src, seeds)
    #expect(Set(gradients.keys) == Set(weights.keys))
    var generator = SeededGenerator(seed: 9)
    for (name, gradient) in gradients.sorted(by: { $0.key < $1.key }) {
      let largest = gradient.elements.reduce(0) { max($0, abs($1)) }
      do {
        let i = Int.random(in: 0..<gradient.count, using: &generator)
        let found = [step, -step].map { change in
          var moved = weights
          moved[name]?.elements[i] += change
          let changed = PlainUNet(architecture: tiny.architecture, weights: moved, deepSupervision: true)
          return zip(changed.forward(src), seeds).reduce(0) { $0 + $1.0.dot($1.1) }
        }
        let difference = (found[0] - found[1]) / (2 * step)
        #expect(
          abs(difference - gradient.elements[i]) < differenceTolerance * max(1, largest),
          "\(name)[\(i)]: \(gradient.elements[i]), difference \(difference)")
      }
    }
  }

  @Test(arguments: TinyNetwork.all)
  func forwardIsTheEngines(_ tiny: TinyNetwork) throws {
    let weights = try tiny.weights(seed: 1)
    let src = tiny.image(seed: 2)
    let plain = PlainUNet(
      architecture: tiny.architecture, weights: weights.mapValues { WideTensor($0) }, deepSupervision: false)
    let network = try UNet(
      architecture: tiny.architecture, inputChannels: tiny.inputChannels, outputChannels: TinyNetwork.classes,
      weights: weights)
    #expect(try network.forward(src).deviation(from: plain.forward(WideTensor(src))[0].narrowed) < 1e-4)
  }
}
