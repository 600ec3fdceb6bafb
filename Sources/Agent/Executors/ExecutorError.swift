/// A batch engine could not be asked, or a scan's work cannot be done by it.
struct ExecutorError: Error, CustomStringConvertible {
  /// What was found and what to do.
  let description: String
  /// Whether it can pass, as a controller that is down does.
  let passes: Bool

  init(_ description: String, passes: Bool = true) {
    self.description = description
    self.passes = passes
  }
}
