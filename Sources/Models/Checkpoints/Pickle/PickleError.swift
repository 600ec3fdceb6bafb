/// Why a pickle was not taken: what the machine met, and at which byte.
package struct PickleError: Error, Sendable, CustomStringConvertible {
  /// The sort of trouble.
  package let kind: CheckpointError.Kind
  /// What was met.
  package let reason: String
  /// The byte of the instruction.
  package var position = 0

  package var description: String { "\(reason) (pickle byte \(position))" }

  init(_ kind: CheckpointError.Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
