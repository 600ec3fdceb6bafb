import Foundation
import Synchronization

/// Asks the system to fetch files, or their beginnings, some time before they are read, in the order in which they will be, so that the
/// disk and the processors work at the same time.
final class FetchingAhead: Sendable {
  /// Bytes of whole files that are on their way or wait to be read.
  private static let bytesAhead = 64 << 20
  /// Beginnings that are on their way or wait to be read: as many as hide the disk's delay.
  private static let beginningsAhead = 32

  private let paths: [String]
  private let limits: DICOMLimits
  private let expectation: OpenFile.Expectation
  private let count: Int
  private let next = Atomic(0)

  /// The beginnings of files, in the order in which they are read.
  init(beginningsOf paths: [String], limits: DICOMLimits) {
    self.paths = paths
    self.limits = limits
    expectation = .beginningSoon
    count = Self.beginningsAhead
  }

  /// Whole files, in the order in which they are read; a file may come several times in a row.
  init(_ headers: [DICOMHeader], limits: DICOMLimits) {
    paths = headers.map { $0.file.path }
    self.limits = limits
    expectation = .everythingSoon
    let bytes = headers.reduce(0.0) { $0 + Double($1.identity.size) }
    let average = max(1, bytes / Double(max(1, headers.count)))
    count = average > Double(Self.bytesAhead) ? 0 : Int(Double(Self.bytesAhead) / average)
  }

  /// The file at `index` is about to be read.
  func reached(_ index: Int) {
    while true {
      let place = next.load(ordering: .relaxed)
      guard place < paths.count, place < index + count else { return }
      guard next.compareExchange(expected: place, desired: place + 1, ordering: .relaxed).exchanged else { continue }
      if place > 0, paths[place - 1] == paths[place] { continue }
      (try? OpenFile(paths[place], limits: limits))?.expect(expectation)
    }
  }
}
