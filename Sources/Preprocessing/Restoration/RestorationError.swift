/// Why logits cannot be brought back to the scan's grid.
public enum RestorationError: Error, Equatable, CustomStringConvertible {
  /// Logits of another shape than the prepared scan, or with another number of heads than the model.
  case shape(expected: [Int], found: [Int])
  /// A trace whose parts do not fit together.
  case trace(String)
  /// The result would need more memory than allowed.
  case budget(bytes: Int, allowed: Int)
  /// Members of an ensemble that do not belong to one scan or one set of labels.
  case ensemble(String)

  /// The sentence for people.
  public var description: String {
    switch self {
    case .shape(let expected, let found): "expected logits of shape \(expected), found \(found)"
    case .trace(let problem): "the preparation trace \(problem)"
    case .budget(let bytes, let allowed):
      "the probabilities need \(bytes >> 20) MiB, \(allowed >> 20) MiB are allowed; do without them (vigil train --no-probabilities)"
    case .ensemble(let problem): "ensemble: \(problem)"
    }
  }
}
