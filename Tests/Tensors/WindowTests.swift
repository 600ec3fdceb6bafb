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

  @Test(arguments: [[], [0], [1, 2], [0, 1, 2]])
  func theHeadAddsWhatThePlainTwinDoes(_ mirrored: [Int]) throws {
    let (layout, importance) = (ChannelLayout(groups: [20]), Tensor.seeded([4, 5, 8], seed: 3))
    let head = Head(
      weights: .seeded([3, 20], seed: 4), bias: Tensor.seeded([3], seed: 5).elements, sourceLayout: layout)
    for set in InstructionSet.available {
      let workspace = Workspace(pool: WorkerPool(threads: 2), instructionSet: set)
      let src = workspace.map(Tensor.seeded([20, 4, 5, 8], seed: 2), layout: layout)
      // Taking a box out of itself reverses it.
      let box = Window.extractReference(
        head(src, in: workspace), origin: [0, 0, 0], extent: [4, 5, 8], mirrored: mirrored)
      for origin in origins {
        var volume = Tensor.seeded([3, 6, 7, 9], seed: 1)
        var expected = volume
        var own: Tensor? = Tensor(shape: box.shape)
        let failure = head.accumulate(
          src, mirrored: mirrored, importance: importance, factor: 0.125, origin: origin, into: &volume, and: &own,
          in: workspace)
        Window.accumulateReference(box, weights: importance, factor: 0.125, origin: origin, into: &expected)
        #expect(volume.difference(relativeTo: expected) < pointwiseTolerance, "\(origin) \(set)")
        #expect(failure == nil)
        var without: Tensor?
        var same = Tensor.seeded([3, 6, 7, 9], seed: 1)
        _ = head.accumulate(
          src, mirrored: mirrored, importance: importance, factor: 0.125, origin: origin, into: &same, and: &without,
          in: workspace)
        #expect(same.elements == volume.elements, "counting what each network says changes no bit of the sum")
        let inside = (0..<160).filter { place in
          zip([place / 40, place / 8 % 5, place % 8], zip(origin, [6, 7, 9])).allSatisfy {
            (0..<$1.1).contains($0 + $1.0)
          }
        }
        let said = try #require(own)
        for channel in 0..<3 {
          #expect(inside.allSatisfy { said.elements[channel * 160 + $0] == box.elements[channel * 160 + $0] })
        }
      }
    }
  }

  @Test func theHeadNamesTheFirstChannelThatIsNotFinite() {
    let (layout, importance) = (ChannelLayout(groups: [16]), Tensor(shape: [2, 3, 5], repeating: 1))
    let workspace = Workspace(pool: WorkerPool(threads: 2))
    let src = workspace.map(Tensor.seeded([16, 2, 3, 5], seed: 1), layout: layout)
    for value in [Float.infinity, -.infinity, .nan, Float(bitPattern: 0xff80_0001), .greatestFiniteMagnitude] {
      for channels in [[2], [1, 3]] {
        var bias = [Float](repeating: 0, count: 4)
        for channel in channels { bias[channel] = value }
        let head = Head(weights: Tensor(shape: [4, 16]), bias: bias, sourceLayout: layout)
        var (sum, own) = (Tensor(shape: [4, 2, 3, 5]), Tensor?.none)
        let failure = head.accumulate(
          src, mirrored: [], importance: importance, factor: 1, origin: [0, 0, 0], into: &sum, and: &own,
          in: workspace)
        #expect(failure == (value.isFinite ? nil : channels[0]))
      }
    }
  }

  @Test func dividesByTheWeightsOfAllBoxes() {
    let workspace = Workspace(pool: WorkerPool(threads: 2))
    let weights = Tensor(shape: [4, 5, 8], elements: Tensor.seeded([160], seed: 3).elements.map { abs($0) + 1 })
    // Two of them cover all of it together.
    let origins = [[0, 0, 0], [2, 2, 1], [1, -1, 0], [0, 2, 0], [2, 0, 1]]
    let volume = Tensor.seeded([3, 6, 7, 9], seed: 1)
    var sum = Tensor(shape: [1, 6, 7, 9])
    for origin in origins {
      Window.accumulateReference(
        Tensor(shape: [1, 4, 5, 8], repeating: 1), weights: weights, factor: 1, origin: origin, into: &sum)
    }
    let covered = sum.elements.indices.filter { sum.elements[$0] > 0 }
    #expect(covered.count > sum.count / 2)
    var divided = volume
    Window.divide(&divided, by: weights, at: origins, factor: 2, in: workspace)
    for channel in 0..<3 {
      for index in covered {
        let expected = volume.elements[channel * sum.count + index] / (sum.elements[index] * 2)
        let found = divided.elements[channel * sum.count + index]
        #expect(abs(found - expected) <= Float(pointwiseTolerance) * abs(expected))
      }
    }
  }
}
