internal import Foundation
internal import Intake
internal import Logging

/// What a batch engine computes of the scans that wait here. Their works are found again by name, so nothing is lost with this list:
/// an agent that is started again meets them when it takes up the same scans.
struct DispatchedWorks {
  private var works: [GroupKey: (work: Work, names: Set<String>)] = [:]
  private var nextLook = Duration.zero

  /// How often the engine is asked what has ended.
  static let period = Duration.seconds(2)
  /// How long it is let be when it does not answer.
  static let pause = Duration.seconds(30)

  var isEmpty: Bool { works.isEmpty }

  /// Whether the engine has as many scans as it may have at once.
  func isFull(_ executor: SlurmExecutor?) -> Bool {
    guard let executor else { return false }
    return works.values.reduce(0) { $0 + $1.names.count } >= executor.settings.mostJobs
  }

  /// Takes note of a scan's work.
  mutating func note(_ work: Work, name: String) { works[work.key, default: (work, [])].names.insert(name) }

  /// What has settled again is another scan.
  mutating func forget(_ keys: Set<GroupKey>) { for key in keys { works[key] = nil } }

  /// What neither waits nor runs any more: it is taken up again.
  mutating func finished(by executor: SlurmExecutor?, at now: Duration, _ logger: Logger) -> [Work] {
    guard let executor, !works.isEmpty, now >= nextLook else { return [] }
    nextLook = now + Self.period
    do throws(ExecutorError) {
      let underWay = try executor.underWay()
      let ended = works.filter { !$0.value.names.isSubset(of: underWay) }
      for key in ended.keys { works[key] = nil }
      return ended.values.map { $0.work }
    } catch {
      logger.warning("the cluster cannot be asked; it is asked again", metadata: ["problem": "\(error)"])
      nextLook = now + Self.pause
      return []
    }
  }
}

extension WatchLoop {
  /// Puts back into the line what the batch engine is through with.
  mutating func takeUpDispatched() async throws {
    for work in dispatched.finished(by: site.executor, at: observer.now, logger) {
      switch work {
      case .parcel(let waiting): try await arrive([waiting])
      case .study(let key): line.put(work, for: work.key, priority: site.ruleInForce(key.rule)?.priority ?? 0)
      }
    }
  }

  /// Lets the batch engine queue what was gathered for it. `hasMore`: whether the line may have more of it.
  mutating func queueGathered(hasMore: Bool) throws {
    guard let executor = site.executor else { return }
    let isMore = hasMore && line.nextDue.map { $0 <= observer.now } == true && !dispatched.isFull(executor)
    do throws(ExecutorError) {
      try executor.queueGathered(hasMore: isMore, isLast: configuration.untilIdle)
    } catch {
      logger.warning("scans cannot be queued on the cluster", metadata: ["problem": "\(error)"])
      try site.record("put-off", ["why": "on the cluster: \(error)"])
    }
  }
}
