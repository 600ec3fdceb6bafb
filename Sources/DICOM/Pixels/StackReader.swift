import Dispatch
import Foundation
internal import Digests
internal import Imaging
import Synchronization

/// Reads the voxels of a stack from its files, on every core.
struct StackReader: Sendable {
  let headers: [DICOMHeader]
  let limits: DICOMLimits

  /// One plane to be decoded, and its place among the planes of the volume.
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
    let work = Dictionary(grouping: items) { $0.plane.file }.values.sorted { $0[0].plane.file < $1[0].plane.file }
    let digests = Mutex(known)
    nonisolated(unsafe) let base = values
    try onEveryCore(work.count, isCancelled: isCancelled) { index, rooms in
      let file = work[index][0].plane.file
      let places = work[index].map {
        PlaneReader.Destination($0.plane, values: .float(base + $0.slot * planeCount))
      }
      let digest = try PlaneReader(header: headers[file], limits: limits)
        .read(places, digest: known[file] == nil, room: rooms.file)
      if let digest { digests.withLock { $0[file] = digest } }
    }
    return digests.withLock { $0 }
  }

  /// Decodes every item and hands its values to `sink`, from several threads, about in the order of the slots. No digests. Blocks.
  /// With ``NIfTIPlaneWriter/Voxel/int16``, throws ``PlaneReader/WiderThanInt16`` when a value does not fit.
  func stream(
    _ items: [Item], planeCount: Int, as voxel: NIfTIPlaneWriter.Voxel, isCancelled: @Sendable () -> Bool,
    to sink: @escaping @Sendable (_ plane: UnsafeRawBufferPointer, _ slot: Int) throws -> Void
  ) throws {
    let work = pieces(items)
    let ahead = FetchingAhead(work.map { headers[$0[0].plane.file] }, limits: limits)
    try onEveryCore(work.count, isCancelled: isCancelled) { index, rooms in
      ahead.reached(index)
      let plane = rooms.plane.bytes(planeCount * voxel.size)
      guard let start = plane.baseAddress else { return }
      let values: PlaneReader.Values =
        switch voxel {
        case .int16: .int16(start.bindMemory(to: Int16.self, capacity: planeCount))
        case .float32: .float(start.bindMemory(to: Float.self, capacity: planeCount))
        }
      let places = work[index].map { item in
        var place = PlaneReader.Destination(item.plane, values: values)
        place.finished = { try sink(UnsafeRawBufferPointer(plane), item.slot) }
        return place
      }
      _ = try PlaneReader(header: headers[work[index][0].plane.file], limits: limits)
        .read(places, digest: false, room: rooms.file)
    }
  }

  /// What is read at once: the items of a file together, but each by itself where the frames can be read by themselves.
  private func pieces(_ items: [Item]) -> [[Item]] {
    Dictionary(grouping: items) { $0.plane.file }.flatMap { file, items in
      headers[file].pixels?.isDirect == true ? items.map { [$0] } : [items]
    }.sorted { $0[0].slot < $1[0].slot }
  }

  /// What one thread uses again for file after file.
  private struct Rooms {
    let file = ByteRoom()
    let plane = ByteRoom()
  }

  /// `body(0) ... body(count - 1)` on as many threads as there are cores, begun in this order; the first error ends it.
  private func onEveryCore(
    _ count: Int, isCancelled: @Sendable () -> Bool, _ body: @Sendable (Int, Rooms) throws -> Void
  ) throws {
    let next = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: min(max(1, count), DispatchQueue.cores)) { _ in
      let rooms = Rooms()
      while failure.withLock({ $0 == nil }) {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do {
          if isCancelled() { throw CancellationError() }
          try body(index, rooms)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}

extension DispatchQueue {
  /// The number of cores to spread work over.
  static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
