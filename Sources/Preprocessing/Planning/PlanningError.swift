/// Why a data set cannot be planned for.
public struct PlanningError: Error, Equatable, CustomStringConvertible {
  /// The sentence for people.
  public let description: String

  init(_ description: String) { self.description = description }
}
