/// Why a network cannot be built or run.
public enum NetworkError: Error, Equatable, CustomStringConvertible {
  /// The plan's architecture is not one this engine runs: where in the plan, what was found, what is possible.
  case unsupportedArchitecture(key: String, found: String, expected: String)
  /// The architecture is not readable as JSON, or a key is missing or of the wrong kind.
  case malformedArchitecture(key: String, problem: String)
  /// The weights do not fit the architecture.
  case weights(WeightMismatch)
  /// The tensor's shape does not suit the network: found, and what is expected.
  case shape(found: [Int], expected: String)
  /// A window, a step or an axis that cannot be: which, and why.
  case window(String)
  /// There is nobody to multiply: why, and what to do.
  case noOpenBLAS(String)
  /// A logit is NaN or infinite: which network (from 0), where its window begins in the prepared scan, which output.
  case notFinite(fold: Int, origin: [Int], channel: Int)
  /// The caller asked to stop.
  case cancelled

  /// One sentence, or a list for weights.
  public var description: String {
    switch self {
    case .unsupportedArchitecture(let key, let found, let expected):
      "the plan's architecture has \(key) = \(found), which this engine does not run; it runs \(expected)"
    case .malformedArchitecture(let key, let problem): "the plan's architecture, \(key): \(problem)"
    case .weights(let mismatch): mismatch.description
    case .shape(let found, let expected): "a tensor of shape \(found) does not suit the network: \(expected)"
    case .window(let problem): "the sliding window: \(problem)"
    case .noOpenBLAS(let problem): problem
    case .notFinite(let fold, let origin, let channel):
      "the network of fold \(fold + 1) of those given made a value that is not a finite number, in output \(channel) of the window at \(origin); its weights or the image's values are too large for single precision"
    case .cancelled: "stopped on request"
    }
  }
}

/// How a checkpoint's tensors differ from those its architecture has.
public struct WeightMismatch: Sendable, Equatable, CustomStringConvertible {
  /// Parameters of the architecture that the checkpoint lacks.
  public var missing: [String] = []
  /// Tensors of the checkpoint that the architecture does not have.
  public var unexpected: [String] = []
  /// Parameters whose shape differs, as "name: [found], expected [shape]".
  public var misshapen: [String] = []
  /// Tensors with NaN or infinite elements.
  public var nonFinite: [String] = []

  /// As found; all empty unless given.
  public init(missing: [String] = [], unexpected: [String] = [], misshapen: [String] = [], nonFinite: [String] = []) {
    self.missing = missing
    self.unexpected = unexpected
    self.misshapen = misshapen
    self.nonFinite = nonFinite
  }

  /// No difference.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty && nonFinite.isEmpty }

  /// Everything that differs, at most ten names of each kind.
  public var description: String {
    let parts = [("missing", missing), ("unexpected", unexpected), ("misshapen", misshapen), ("not finite", nonFinite)]
    let lines = parts.filter { !$0.1.isEmpty }.map { kind, names in
      let more = names.count > 10 ? " and \(names.count - 10) more" : ""
      return "\(names.count) \(kind): \(names.prefix(10).joined(separator: ", "))\(more)"
    }
    return "the weights do not fit the plan's architecture; \(lines.joined(separator: "; "))"
  }
}
