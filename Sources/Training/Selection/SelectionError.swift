/// Why no model could be selected.
public struct SelectionError: Error, Equatable, CustomStringConvertible {
  /// What was expected, what was found, where, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
