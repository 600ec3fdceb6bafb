import Synchronization

/// Where bytes are written, by place.
protocol ByteSink: Sendable {
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WholeFile.Failure)
}

extension PartialFile: ByteSink {}

/// Bytes in memory that are written from the first on, without gaps.
final class ByteGathering: ByteSink {
  private let gathered = Mutex<[UInt8]>([])

  var bytes: [UInt8] { gathered.withLock { $0 } }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WholeFile.Failure) {
    gathered.withLock { $0.append(contentsOf: bytes) }
  }
}
