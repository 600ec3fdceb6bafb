/// What is wrong with a `dataset.json`.
public struct DatasetDescriptionError: Error, Equatable, CustomStringConvertible {
  /// The key concerned, `labels.liver` for a nested one; empty for the file as a whole.
  public let key: String
  /// What was expected, what was found, what to do.
  public let problem: String

  init(_ key: String, _ problem: String) {
    self.key = key
    self.problem = problem
  }

  /// The sentence for people.
  public var description: String {
    key.isEmpty ? "dataset.json: \(problem)" : "dataset.json: \(key): \(problem)"
  }
}
