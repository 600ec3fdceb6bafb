internal import Dispatch
internal import Foundation
internal import Synchronization
internal import Tensors

/// The loss and the optimiser of `train_step.py`, so that a benchmark's iteration does what the peer's does. What Vigil trains with is
/// in the room Training.
struct PeerStep {
  private let labels: [[UInt8]]
  private let classes: Int
  private let voxels: Int
  private var mean: [Float] = []
  private var square: [Float] = []
  private var steps = 0

  init(batch: Int, classes: Int, voxels: Int) {
    self.classes = classes
    self.voxels = voxels
    var state: UInt64 = 1
    labels = (0..<batch).map { _ in
      (0..<voxels).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(state >> 33 % UInt64(classes))
      }
    }
  }

  /// dL/d logits of cross-entropy minus the mean soft Dice over samples and classes.
  func gradients(_ logits: [Tensor]) -> [Tensor] {
    let parts = Mutex<[Int: Tensor]>([:])
    DispatchQueue.concurrentPerform(iterations: logits.count) { sample in
      let found = gradient(logits[sample], labels[sample])
      parts.withLock { $0[sample] = found }
    }
    return parts.withLock { parts in logits.indices.compactMap { parts[$0] } }
  }

  private func gradient(_ logits: Tensor, _ labels: [UInt8]) -> Tensor {
    var result = logits
    result.elements.withUnsafeMutableBufferPointer { p in
      softmax(p)
      let slopes = diceSlopes(p, labels)
      let share = 1 / Float(voxels * self.labels.count)
      for i in 0..<voxels {
        let label = Int(labels[i])
        var inner: Float = 0
        for k in 0..<classes { inner += p[k * voxels + i] * (k == label ? slopes[k].inside : slopes[k].outside) }
        for k in 0..<classes {
          let (x, isLabel) = (p[k * voxels + i], k == label)
          let dice = x * ((isLabel ? slopes[k].inside : slopes[k].outside) - inner)
          p[k * voxels + i] = dice + share * (isLabel ? x - 1 : x)
        }
      }
    }
    return result
  }

  private func softmax(_ p: UnsafeMutableBufferPointer<Float>) {
    for i in 0..<voxels {
      var sum: Float = 0
      for k in 0..<classes {
        let x = exp(p[k * voxels + i])
        p[k * voxels + i] = x
        sum += x
      }
      for k in 0..<classes { p[k * voxels + i] /= sum }
    }
  }

  // d(-Dice)/dp of a class where the label is that class, and elsewhere.
  private func diceSlopes(
    _ p: UnsafeMutableBufferPointer<Float>, _ labels: [UInt8]
  ) -> [(inside: Float, outside: Float)] {
    (0..<classes).map { k in
      var (shared, predicted, marked) = (0.0, 0.0, 0.0)
      for i in 0..<voxels {
        let isLabel = labels[i] == UInt8(k)
        predicted += Double(p[k * voxels + i])
        if isLabel {
          shared += Double(p[k * voxels + i])
          marked += 1
        }
      }
      let sum = max(predicted + marked, 1e-8)
      let share = 1 / Double(classes * self.labels.count)
      let outside = share * 2 * shared / (sum * sum)
      return (Float(outside - share * 2 / sum), Float(outside))
    }
  }

  /// Adam, rate 3e-4 (Kingma, Ba 2015).
  mutating func update(_ network: TrainableUNet) {
    if mean.isEmpty {
      mean = [Float](repeating: 0, count: network.values.count)
      square = mean
    }
    steps += 1
    let rate = Float(3e-4 * (1 - pow(0.999, Double(steps))).squareRoot() / (1 - pow(0.9, Double(steps))))
    let gradients = network.gradients
    network.values.withUnsafeMutableBufferPointer { values in
      for i in values.indices {
        let g = gradients[i]
        mean[i] += 0.1 * (g - mean[i])
        square[i] += 0.001 * (g * g - square[i])
        values[i] -= rate * mean[i] / (square[i].squareRoot() + 1e-8)
      }
    }
  }
}
