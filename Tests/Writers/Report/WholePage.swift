import Foundation
import Writers

/// The index page of runs that are all held, in whatever order they came: the plain twin of making it on from the one on the disk.
struct WholePage {
  let software: String
  var runs: [String: RunSummary] = [:]

  init(software: String = "vigil", _ runs: [RunSummary] = []) {
    self.software = software
    for run in runs { update(run) }
  }

  /// Puts a run in, in place of the one with the same number, whose picture stays if there is no new one.
  mutating func update(_ run: RunSummary) {
    let earlier = runs[run.id]?.thumbnail
    runs[run.id] = run
    if run.thumbnail == nil { runs[run.id]?.thumbnail = earlier }
  }

  func html() throws -> [UInt8] {
    let sorted = try runs.values.map { (run: $0, line: try IndexLine($0)) }.sorted { $0.line < $1.line }
    var page = IndexPage(
      software: software, newest: sorted.prefix(IndexPage.plainRows).map { $0.run },
      pictures: IndexPictures(fresh: runs.compactMapValues { $0.thumbnail }))
    var bytes = page.head
    for entry in sorted { bytes += page.row(entry.line) }
    try page.rest { bytes += $0 }
    return bytes
  }
}
