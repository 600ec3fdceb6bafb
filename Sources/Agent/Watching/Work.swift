internal import Intake

/// What waits in the agent's line.
enum Work: Sendable {
  /// A parcel that has settled.
  case parcel(WaitingParcel)
  /// A study whose channels are there, or that has waited long enough for them.
  case study(StudyKey)

  /// One entry a key.
  var key: GroupKey {
    switch self {
    case .parcel(let waiting): waiting.parcel.key
    case .study(let key): GroupKey("study \(key.rule) \(key.study)")
    }
  }

  /// nil for a study.
  var parcel: WaitingParcel? { if case .parcel(let waiting) = self { waiting } else { nil } }

  /// Masks first, so that they are known when their scans come.
  static let priorityOfMasks = Int.max
  /// Last, what an agent has died over.
  static let priorityOfSuspects = Int.min
}
