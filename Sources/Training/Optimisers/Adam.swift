internal import Foundation

/// Adam (Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015), as PyTorch's: the optimiser of nnU-Net's first paper.
public struct Adam: Sendable, Equatable {
  /// How much of the mean of gradients stays.
  public var beta1: Double = 0.9
  /// How much of the mean of squares stays.
  public var beta2: Double = 0.999
  /// Added to the root of the mean of squares.
  public var epsilon: Double = 1e-8
  /// Added to the gradient, times the parameter.
  public var weightDecay: Double = 0
  /// As in ``SGD``.
  public var gradientNormLimit: Double?
  /// Of the gradients, one for each parameter; empty before the first step.
  public internal(set) var mean: [Float] = []
  /// Of their squares.
  public internal(set) var square: [Float] = []
  /// Done so far.
  public internal(set) var steps = 0

  /// The paper's values.
  public init() {}

  mutating func step(_ values: inout [Float], _ gradients: [Float], _ ranges: [Range<Int>], scale: Float, rate: Double)
  {
    if mean.isEmpty {
      mean = [Float](repeating: 0, count: values.count)
      square = mean
    }
    steps += 1
    let step = Float(rate / (1 - pow(beta1, Double(steps))))
    let root = Float(1 / (1 - pow(beta2, Double(steps))).squareRoot())
    let (fresh1, old2, fresh2) = (Float(1 - beta1), Float(beta2), Float(1 - beta2))
    let (epsilon, decay) = (Float(epsilon), Float(weightDecay))
    values.withUnsafeMutableBufferPointer { w in
      mean.withUnsafeMutableBufferPointer { m in
        square.withUnsafeMutableBufferPointer { s in
          gradients.withUnsafeBufferPointer { g in
            for range in ranges {
              for i in range {
                let d = g[i] * scale + decay * w[i]
                m[i] += fresh1 * (d - m[i])
                s[i] = old2 * s[i] + fresh2 * d * d
                w[i] -= step * m[i] / (s[i].squareRoot() * root + epsilon)
              }
            }
          }
        }
      }
    }
  }
}
