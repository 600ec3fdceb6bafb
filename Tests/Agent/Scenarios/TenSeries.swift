import Foundation
import TestSupport
import Testing

/// Ten series with what should become of each: matched by one rule and by two, one folder with two series, one series in two
/// folders, unmatched, with a gap, with duplicates that do no harm and with some that do.
struct TenSeries {
  /// What should be recorded of one series.
  struct Expectation {
    var outcome: String
    var rule = ""
    /// A part of the recorded error; empty: there must be none.
    var error = ""
  }

  /// Where the tree was made.
  let root: URL
  private(set) var expected: [String: Expectation] = [:]

  /// Makes the ten below `root`.
  init(in root: URL) throws {
    self.root = root
    try add("a", "tiny a", 1, Expectation(outcome: "segmented", rule: "tiny"))
    try add("b-and-c", "tiny b", 2, prefix: "b", Expectation(outcome: "segmented", rule: "tiny"))
    try add("b-and-c", "tiny c", 3, prefix: "c", Expectation(outcome: "segmented", rule: "tiny"))
    try add("d", "tiny d", 4, Expectation(outcome: "segmented", rule: "tiny")) { files in
      let second = root.appending(path: "d-too/deeper")
      try FileManager.default.createDirectory(at: second, withIntermediateDirectories: true)
      for file in files.enumerated().filter({ $0.offset % 2 == 1 }).map({ $0.element }) {
        try FileManager.default.moveItem(at: file, to: second.appending(path: file.lastPathComponent))
      }
    }
    try add("e", "tiny special e", 5, Expectation(outcome: "segmented", rule: "special"))
    try add("f", "scout f", 6, Expectation(outcome: "unmatched", error: "tiny: SeriesDescription is"))
    try add("g", "scout g", 7, Expectation(outcome: "unmatched", error: "special: SeriesDescription is"))
    try add("h", "tiny h", 8, Expectation(outcome: "refused", rule: "tiny", error: "1 slice missing")) { files in
      try FileManager.default.removeItem(at: files[7])
    }
    try add("i", "tiny i", 9, Expectation(outcome: "segmented", rule: "tiny")) { files in
      try FileManager.default.copyItem(at: files[3], to: root.appending(path: "i/again.dcm"))
    }
    try add("j", "tiny j", 10, Expectation(outcome: "refused", error: "claim the same position")) { files in
      let other = root.appending(path: "j/other.dcm")
      try FileManager.default.copyItem(at: files[3], to: other)
      try SyntheticSeries.change(other) { bytes in bytes[bytes.count - 2] ^= 1 }
    }
  }

  private mutating func add(
    _ folder: String, _ description: String, _ seed: UInt64, prefix: String = "", _ expectation: Expectation,
    spoil: ([URL]) throws -> Void = { _ in }
  ) throws {
    let files = try SyntheticSeries(description: description, seed: seed)
      .write(to: root.appending(path: folder), prefix: prefix)
    expected[try SyntheticSeries.uid(of: try #require(files.first))] = expectation
    try spoil(files)
  }

  /// The rule that takes what says `special`, before `tiny`.
  static let specialRule = "match: {SeriesDescription: /special/, Modality: MR}\npriority: 20\nmirroring: false\n"

  /// Every file, by its path below `root`.
  func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".dcm") }.sorted()
  }
}
