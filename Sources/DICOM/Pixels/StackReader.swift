import Dispatch
import Foundation
internal import Digests
import Synchronization

/// Fills the voxels of a stack from its files, on every core.
struct StackReader: Sendable {
  let headers: [DICOMHeader]
  let limits: DICOMLimits

  /// One plane to be decoded, and its place among the planes of the buffer.
  struct Item: Sendable {
    let plane: PlaneReference
    let slot: Int
  }

  /// What reading gave besides voxels: the digests that were asked for, by file index.
  typealias Digests = [Int: SHA256Digest]

  /// Decodes every item into `values`, plane `slot` at `slot * planeCount`. Blocks. Files in `known` are not digested again.
  func read(
    _ items: [Item], planeCount: Int, into values: UnsafeMutablePointer<Float>, known: Digests,
    isCancelled: @Sendable () -> Bool
  ) throws -> Digests {
    let work = Dictionary(grouping: items) { $0.plane.file }.sorted { $0.key < $1.key }
    let next = Atomic(0)
    let outcome = Mutex((digests: known, error: (any Error)?.none))
    nonisolated(unsafe) let base = values
    let threads = min(max(1, work.count), max(1, DispatchQueue.cores))
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let room = ByteRoom()
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < work.count, outcome.withLock({ $0.error == nil }) else { return }
        let (file, items) = work[index]
        do {
          if isCancelled() { throw CancellationError() }
          let reader = PlaneReader(header: headers[file], limits: limits)
          let places = items.map {
            PlaneReader.Destination(
              frame: $0.plane.frame, slope: $0.plane.slope, intercept: $0.plane.intercept,
              values: base + $0.slot * planeCount, tile: $0.plane.place)
          }
          let digest = try reader.read(places, digest: known[file] == nil, room: room)
          if let digest { outcome.withLock { $0.digests[file] = digest } }
        } catch {
          outcome.withLock { $0.error = $0.error ?? error }
        }
      }
    }
    let result = outcome.withLock { $0 }
    if let error = result.error { throw error }
    return result.digests
  }
}

extension DispatchQueue {
  /// The number of cores to spread work over.
  static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }
}
