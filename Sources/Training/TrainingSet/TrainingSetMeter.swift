import Synchronization

/// Counts what prepared cases take, and stops before they take too much.
final class TrainingSetMeter: Sendable {
  private let state = Mutex((bytes: 0, cases: 0))
  private let budget: Int

  init(budget: Int) { self.budget = budget }

  /// One more case; gives the number of cases so far.
  func add(_ bytes: Int) throws(TrainingError) -> Int {
    let (total, cases) = state.withLock { state in
      state.bytes += bytes
      state.cases += 1
      return state
    }
    guard total <= budget else {
      throw TrainingError(
        "the preprocessed cases need more than \(budget >> 20) MiB of memory; give them a cache on disk"
      )
    }
    return cases
  }
}
