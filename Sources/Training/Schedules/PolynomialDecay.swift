internal import Foundation

/// nnU-Net v2's learning rate, `rate (1 - e / epochs)^exponent` in epoch e, counted from 0.
public struct PolynomialDecay: Sendable, Codable, Equatable {
  /// In the first epoch.
  public var initialRate: Double
  /// Of the whole training.
  public var epochs: Int
  /// nnU-Net's is 0.9.
  public var exponent: Double

  /// nnU-Net v2's but for the epochs, of which it has 1000.
  public init(initialRate: Double = 0.01, epochs: Int, exponent: Double = 0.9) {
    self.initialRate = initialRate
    self.epochs = epochs
    self.exponent = exponent
  }

  /// The rate of an epoch; 0 from the end on.
  public func rate(epoch: Int) -> Double {
    epoch < epochs ? initialRate * pow(1 - Double(epoch) / Double(epochs), exponent) : 0
  }
}
