import Dispatch
import Foundation
import Synchronization

/// A volume's or label map's planes as NIfTI stores them, made one at a time.
struct StoredPlanes: Sendable {
  let header: [UInt8]
  let planeBytes: Int
  let depth: Int
  private let encode: @Sendable (_ k: Int, _ target: UnsafeMutableRawBufferPointer) -> Void

  init(_ volume: Volume) throws(NIfTIError) {
    let voxels = volume.voxels
    if Self.areInt16(voxels) {
      try self.init(voxels, volume.geometry, .int16) { Int16(truncatingIfNeeded: Int32($0)) }
    } else {
      try self.init(voxels, volume.geometry, .float32) { $0 }
    }
  }

  init(_ labels: LabelMap) throws(NIfTIError) {
    if labels.voxels.allSatisfy({ $0 < 255 }) {
      try self.init(labels.voxels, labels.geometry, .uint8) { UInt8(truncatingIfNeeded: $0) }
    } else {
      try self.init(labels.voxels, labels.geometry, .uint16) { $0 }
    }
  }

  @inline(__always)
  private init<Value: Sendable, Stored: BitwiseCopyable>(
    _ values: [Value], _ geometry: Geometry, _ datatype: NIfTIDatatype,
    _ transform: @escaping @Sendable (Value) -> Stored
  ) throws(NIfTIError) {
    let count = geometry.width * geometry.height
    header = try NIfTIHeaderWriter(geometry, datatype).bytes
    planeBytes = count * MemoryLayout<Stored>.size
    depth = geometry.depth
    encode = { k, target in
      let stored = target.assumingMemoryBound(to: Stored.self)
      values.withUnsafeBufferPointer { values in
        for index in 0..<count { stored[index] = transform(values[k * count + index]) }
      }
    }
  }

  /// Whether every value is a whole number that `int16` holds.
  private static func areInt16(_ values: [Float]) -> Bool {
    values.withUnsafeBufferPointer { values in
      let part = 1 << 14
      return stride(from: 0, to: values.count, by: part).allSatisfy { start in
        var isWhole = true
        for index in start..<min(values.count, start + part) {
          let value = values[index]
          isWhole = isWhole && value >= -32768 && value <= 32767 && value == value.rounded(.towardZero)
        }
        return isWhole
      }
    }
  }

  func sink(level: Int32?, _ target: any ByteSink) -> PlaneSink {
    PlaneSink(header: header, planeBytes: planeBytes, depth: depth, level: level, sink: target)
  }

  /// The whole file, uncompressed, on one thread.
  var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: header.count + depth * planeBytes) { target, filled in
      let target = UnsafeMutableRawBufferPointer(target)
      target.copyBytes(from: header)
      for k in 0..<depth {
        let start = header.count + k * planeBytes
        encode(k, UnsafeMutableRawBufferPointer(rebasing: target[start..<start + planeBytes]))
      }
      filled = target.count
    }
  }

  /// Every plane, on every core.
  func write(to sink: PlaneSink) throws(WholeFile.Failure) {
    let next = Atomic(0)
    let failure = Mutex<WholeFile.Failure?>(nil)
    let threads = min(depth, max(1, ProcessInfo.processInfo.activeProcessorCount))
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let plane = UnsafeMutableRawBufferPointer.allocate(byteCount: planeBytes, alignment: 64)
      defer { plane.deallocate() }
      while failure.withLock({ $0 == nil }) {
        let k = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard k < depth else { return }
        encode(k, plane)
        do throws(WholeFile.Failure) {
          try sink.write(UnsafeRawBufferPointer(plane), k: k)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }
}
