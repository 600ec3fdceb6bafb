/// What is wrong with a `plans.json`, or with a request made of it.
public struct PlansError: Error, Equatable, CustomStringConvertible {
  /// The key concerned, with its path: `configurations.3d_fullres.spacing`; empty for the file as a whole.
  public let key: String
  /// What was expected, what was found, what exists.
  public let problem: String

  init(_ key: String, _ problem: String) {
    self.key = key
    self.problem = problem
  }

  /// The sentence for people.
  public var description: String { key.isEmpty ? "plans.json: \(problem)" : "plans.json: \(key): \(problem)" }
}
