/// Why a scan cannot be prepared for a network.
public enum PreparationError: Error, Equatable, CustomStringConvertible {
  /// Another number of images than the model has channels.
  case channelCount(expected: [String], found: Int)
  /// A channel on another grid than the first.
  case gridMismatch(channel: String, problem: String)
  /// A voxel that is not a number, or infinite.
  case notFinite(channel: String, count: Int)
  /// The grid's spacing or the plan's leads to no usable shape.
  case unusableShape([Int], problem: String)
  /// Normalisation failed.
  case normalization(channel: String, NormalizationError)
  /// The plan and the data set description contradict each other.
  case plan(String)
  /// A cascade's second stage without the first stage's segmentation, or the other way round.
  case previousStage(String)
  /// A label image that does not fit.
  case labels(String)

  /// The sentence for people.
  public var description: String {
    switch self {
    case .channelCount(let expected, let found):
      "the model takes \(expected.count) channels (\(expected.joined(separator: ", "))), \(found) were given"
    case .gridMismatch(let channel, let problem): "channel \(channel): \(problem)"
    case .notFinite(let channel, let count):
      "channel \(channel): \(count) voxels are not finite numbers; replace them before segmenting"
    case .unusableShape(let shape, let problem):
      "the scan would become \(shape.map { String($0) }.joined(separator: " x ")) voxels: \(problem)"
    case .normalization(let channel, let error): "channel \(channel): \(error)"
    case .plan(let problem): problem
    case .previousStage(let problem): problem
    case .labels(let problem): "label image: \(problem)"
    }
  }
}
