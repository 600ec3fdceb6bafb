/// What of an optimiser a checkpoint keeps: numbers by name, and arrays beside the parameters.
public struct OptimiserState: Sendable, Equatable {
  /// `velocity` of SGD; `mean` and `square` of Adam. Each as long as the parameters, or empty before the first step.
  public var arrays: [String: [Float]]
  /// Steps done; 0 for SGD, which does not count.
  public var steps: Int

  /// Of these arrays.
  public init(arrays: [String: [Float]], steps: Int) {
    self.arrays = arrays
    self.steps = steps
  }
}

/// A checkpoint's state that does not belong to the optimiser.
public struct OptimiserStateError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was expected and what was found.
  public let description: String
}

extension Optimiser {
  /// All that changes from step to step.
  public var state: OptimiserState {
    switch self {
    case .sgd(let sgd): OptimiserState(arrays: ["velocity": sgd.velocity], steps: 0)
    case .adam(let adam): OptimiserState(arrays: ["mean": adam.mean, "square": adam.square], steps: adam.steps)
    }
  }

  /// Goes on from a checkpoint's state, for a network of `parameters` values.
  public mutating func restore(_ state: OptimiserState, parameters: Int) throws(OptimiserStateError) {
    let names = self.state.arrays.keys.sorted()
    for name in names {
      let found = state.arrays[name]
      guard let found, found.isEmpty || found.count == parameters else {
        throw OptimiserStateError(
          description:
            "the checkpoint's optimiser state '\(name)' has \(found.map { "\($0.count)" } ?? "no") values where "
            + "the network has \(parameters) parameters: it was written by another optimiser or for another network")
      }
    }
    guard state.steps >= 0 else {
      throw OptimiserStateError(description: "the checkpoint's optimiser did \(state.steps) steps, which is below 0")
    }
    switch self {
    case .sgd(var sgd):
      sgd.velocity = state.arrays["velocity"] ?? []
      self = .sgd(sgd)
    case .adam(var adam):
      (adam.mean, adam.square) = (state.arrays["mean"] ?? [], state.arrays["square"] ?? [])
      adam.steps = state.steps
      self = .adam(adam)
    }
  }
}
