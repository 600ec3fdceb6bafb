internal import Foundation

/// Stochastic gradient descent with momentum, as PyTorch's `SGD`: nnU-Net v2's optimiser.
///
/// `d = g + decay w; b = momentum b + d; w -= rate (d + momentum b)` (with Nesterov's step, `rate b` without), g first scaled down to a
/// norm over all parameters of at most `gradientNormLimit`.
public struct SGD: Sendable, Equatable {
  /// How much of the velocity stays.
  public var momentum: Double = 0.99
  /// Nesterov's step.
  public var isNesterov = true
  /// Added to the gradient, times the parameter.
  public var weightDecay: Double = 3e-5
  /// As PyTorch's `clip_grad_norm_`; nil: no limit.
  public var gradientNormLimit: Double? = 12
  /// b above, one for each parameter; empty before the first step.
  public internal(set) var velocity: [Float] = []

  /// nnU-Net v2's values.
  public init() {}

  mutating func step(_ values: inout [Float], _ gradients: [Float], _ ranges: [Range<Int>], scale: Float, rate: Double)
  {
    if velocity.isEmpty { velocity = [Float](repeating: 0, count: values.count) }
    let (momentum, decay, rate) = (Float(momentum), Float(weightDecay), Float(rate))
    let (ahead, along) = isNesterov ? (momentum, Float(1)) : (1, 0)
    values.withUnsafeMutableBufferPointer { w in
      velocity.withUnsafeMutableBufferPointer { b in
        gradients.withUnsafeBufferPointer { g in
          for range in ranges {
            for i in range {
              let d = g[i] * scale + decay * w[i]
              b[i] = momentum * b[i] + d
              w[i] -= rate * (along * d + ahead * b[i])
            }
          }
        }
      }
    }
  }
}
