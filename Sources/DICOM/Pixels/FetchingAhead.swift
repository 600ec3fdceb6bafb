import Foundation
import Synchronization

/// Asks the system to fetch files some time before they are read, in the order in which they will be, so that the disk and the decoder
/// work at the same time.
final class FetchingAhead: Sendable {
  /// Bytes that are on their way or wait to be read.
  private static let bytesAhead = 64 << 20

  private let headers: [DICOMHeader]
  private let limits: DICOMLimits
  private let count: Int
  private let next = Atomic(0)

  /// `headers` of the files, in the order in which they are read; a file may come several times in a row.
  init(_ headers: [DICOMHeader], limits: DICOMLimits) {
    self.headers = headers
    self.limits = limits
    let bytes = headers.reduce(0) { $0 + Int(clamping: $1.identity.size) }
    count = bytes == 0 ? 0 : max(1, min(headers.count, Self.bytesAhead / max(1, bytes / headers.count)))
  }

  /// The file at `index` is about to be read.
  func reached(_ index: Int) {
    while true {
      let place = next.load(ordering: .relaxed)
      guard place < min(headers.count, index + count) else { return }
      guard next.compareExchange(expected: place, desired: place + 1, ordering: .relaxed).exchanged else { continue }
      let header = headers[place]
      guard place == 0 || headers[place - 1].file != header.file, header.identity.size <= Self.bytesAhead else {
        continue
      }
      (try? OpenFile(header.file.path, limits: limits))?.expect(.everythingSoon)
    }
  }
}
