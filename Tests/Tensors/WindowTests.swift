import TestSupport
import Tensors
import Testing

/// One multiplication and one addition per voxel in single precision.
private let pointwiseTolerance = 1e-6

@Suite struct WindowTests {
  private let origins = [[0, 0, 0], [1, 2, 3], [-2, 0, 5], [3, -1, -4], [4, 5, 6]]

  @Test(arguments: [[], [0], [1, 2], [0, 1, 2]])
  func extractsWhatThePlainTwinDoes(_ mirrored: [Int]) {
    let src = Tensor.seeded([2, 6, 7, 9], seed: 1)
    for origin in origins {
      let box = Window.extract(src, origin: origin, extent: [4, 5, 8], mirrored: mirrored)
      #expect(box == Window.extractReference(src, origin: origin, extent: [4, 5, 8], mirrored: mirrored))
    }
  }

  @Test func accumulatesWhatThePlainTwinDoes() {
    let box = Tensor.seeded([3, 4, 5, 8], seed: 2)
    let weights = Tensor.seeded([4, 5, 8], seed: 3)
    for set in InstructionSet.available {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      for origin in origins {
        var volume = Tensor.seeded([3, 6, 7, 9], seed: 1)
        var expected = volume
        Window.accumulate(box, weights: weights, factor: 0.125, origin: origin, into: &volume, in: workspace)
        Window.accumulateReference(box, weights: weights, factor: 0.125, origin: origin, into: &expected)
        #expect(volume.difference(relativeTo: expected) < pointwiseTolerance, "\(origin) \(set)")
      }
    }
  }

  @Test func dividesEveryChannel() {
    let workspace = Workspace(pool: WorkerPool(threads: 2))
    var volume = Tensor.seeded([3, 2, 3, 4], seed: 1)
    let weights = Tensor(shape: [2, 3, 4], elements: Tensor.seeded([24], seed: 2).elements.map { $0 + 2 })
    let expected = volume.elements.enumerated().map { $0.element / (weights.elements[$0.offset % 24] * 2) }
    Window.divide(&volume, by: weights, factor: 2, in: workspace)
    #expect(volume.difference(relativeTo: Tensor(shape: [3, 2, 3, 4], elements: expected)) < pointwiseTolerance)
  }
}
