/// The values that training scans had, and how far beyond them another may lie.
public struct Limits: Sendable, Equatable, Codable {
  /// The smallest.
  public let low: Double
  /// The largest.
  public let high: Double

  /// How far beyond the training scans a scan of the same kind may lie, as a share of their range: of a few hundred scans the
  /// extremes are not all that there are.
  package static let margin = 0.2

  init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  /// Of values that are numbers; nil where there are none.
  package init?(_ values: [Double]) {
    let numbers = values.filter { $0.isFinite }
    guard let low = numbers.min(), let high = numbers.max() else { return nil }
    (self.low, self.high) = (low, high)
  }

  /// Room on either side; `least`: never less than this.
  private func room(_ least: Double) -> Double { max((high - low) * Self.margin, least) }

  /// How far `value` lies beyond the limits in ranges (`least` at the least) of the training scans; 0 within, nil where it is no number.
  package func excess(_ value: Double, least: Double) -> Double? {
    guard value.isFinite else { return nil }
    let room = room(least)
    let beyond = max(low - room - value, value - high - room, 0)
    return beyond / max(high - low, least)
  }

  /// Whether `value` lies within, with room.
  func hold(_ value: Double, least: Double) -> Bool { excess(value, least: least) == 0 }
}
