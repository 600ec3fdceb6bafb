internal import Foundation
internal import Logging

/// The parcels whose scans a batch engine computes. Their works are found again by name, so nothing is lost with this list: an agent
/// that is started again meets them when it takes up the same scans.
struct DispatchedParcels {
  private var parcels: [Parcel: (parcel: WaitingParcel, names: Set<String>)] = [:]
  private var nextLook = Duration.zero

  /// How often the engine is asked what has ended.
  static let period = Duration.seconds(2)
  /// How long it is let be when it does not answer.
  static let pause = Duration.seconds(30)

  var isEmpty: Bool { parcels.isEmpty }

  /// Whether the engine has as many scans as it may have at once.
  func isFull(_ executor: SlurmExecutor?) -> Bool {
    guard let executor else { return false }
    return parcels.values.reduce(0) { $0 + $1.names.count } >= executor.settings.mostJobs
  }

  /// Takes note of a scan's work.
  mutating func note(_ parcel: WaitingParcel, name: String) {
    parcels[parcel.parcel, default: (parcel, [])].names.insert(name)
  }

  /// What has settled again is another scan.
  mutating func forget(_ keys: Set<Parcel>) { for key in keys { parcels[key] = nil } }

  /// The parcels of which some work neither waits nor runs any more: they are taken up again.
  mutating func finished(by executor: SlurmExecutor?, at now: Duration, _ logger: Logger) -> [WaitingParcel] {
    guard let executor, !parcels.isEmpty, now >= nextLook else { return [] }
    nextLook = now + Self.period
    do throws(ExecutorError) {
      let underWay = try executor.underWay()
      let ended = parcels.filter { !$0.value.names.isSubset(of: underWay) }
      for key in ended.keys { parcels[key] = nil }
      return ended.values.map { $0.parcel }
    } catch {
      logger.warning("the cluster cannot be asked; it is asked again", metadata: ["problem": "\(error)"])
      nextLook = now + Self.pause
      return []
    }
  }
}
