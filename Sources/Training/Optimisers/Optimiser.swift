public import Networks

/// What changes a network's parameters after each batch.
public enum Optimiser: Sendable, Equatable {
  /// nnU-Net v2's.
  case sgd(SGD)
  /// The first paper's.
  case adam(Adam)

  /// Changes the parameters of `network` by its gradients, and returns the gradients' norm before any limit. A step whose norm is not a
  /// finite number changes nothing. Parameters without a gradient stay, weight decay and all.
  @discardableResult
  public mutating func step(_ network: TrainableUNet, rate: Double) -> Double {
    let ranges = zip(network.parameters, network.hasGradient).filter { $1 }.map { $0.0.range }
    return step(&network.values, gradients: network.gradients, ranges: ranges, rate: rate)
  }

  /// The same on bare arrays: changes the `values` in `ranges`, which are those with a gradient.
  @discardableResult
  public mutating func step(
    _ values: inout [Float], gradients: [Float], ranges: [Range<Int>], rate: Double
  ) -> Double {
    precondition(gradients.count == values.count, "a gradient for each value")
    let norm = Self.norm(gradients, ranges)
    guard norm.isFinite else { return norm }
    switch self {
    case .sgd(var sgd):
      // Taken out of the enum meanwhile, so that its arrays are changed in place.
      self = .sgd(SGD())
      let scale = Self.scale(norm, limit: sgd.gradientNormLimit)
      sgd.step(&values, gradients, ranges, scale: scale, rate: rate)
      self = .sgd(sgd)
    case .adam(var adam):
      self = .adam(Adam())
      let scale = Self.scale(norm, limit: adam.gradientNormLimit)
      adam.step(&values, gradients, ranges, scale: scale, rate: rate)
      self = .adam(adam)
    }
    return norm
  }

  private static func norm(_ gradients: [Float], _ ranges: [Range<Int>]) -> Double {
    gradients.withUnsafeBufferPointer { g in
      ranges.reduce(0.0) { $0 + squares(UnsafeBufferPointer(rebasing: g[$1])) }.squareRoot()
    }
  }

  /// Sum of squares, eight lanes of Double.
  private static func squares(_ values: UnsafeBufferPointer<Float>) -> Double {
    var lanes = SIMD8<Double>()
    let whole = values.count / 8 * 8
    for i in stride(from: 0, to: whole, by: 8) {
      let v = SIMD8<Double>(
        UnsafeRawPointer(values.baseAddress.unsafelyUnwrapped + i).loadUnaligned(as: SIMD8<Float>.self))
      lanes += v * v
    }
    return values[whole...].reduce(lanes.sum()) { $0 + Double($1) * Double($1) }
  }

  private static func scale(_ norm: Double, limit: Double?) -> Float {
    // PyTorch adds 1e-6 to the norm.
    limit.map { Float(min(1, $0 / (norm + 1e-6))) } ?? 1
  }
}
