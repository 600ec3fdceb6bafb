import Archives
import Foundation
import TestSupport
import Testing

@Suite("Archives with changed bytes")
struct MutatedArchiveTests {
  /// How many damaged archives are tried; they take a fraction of a second in all.
  static let tries = 300

  @Test("are unpacked or refused, and write nothing outside of the folder")
  func mutated() throws {
    let folder = try TemporaryFolder()
    let entries = (0..<6).map { ("a\($0)/b\($0).dcm", Data(repeating: UInt8($0), count: 700)) }
    let whole = ZipSample(entries).bytes
    var random = SplitMix64(seed: 20_261_123)
    var (unpacked, refused) = (0, 0)
    for index in 0..<Self.tries {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if index.isMultiple(of: 5) { bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)) }
      let file = try folder.write(bytes, to: "x.zip")
      let target = folder.file("target")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      do {
        let result = try Unpacking.unpack(file, to: target)
        #expect(result.files <= entries.count && result.bytes <= 64 << 20)
        unpacked += 1
      } catch {
        #expect(error.kind != .system && error.kind != .cancelled, "\(error)")
        refused += 1
      }
      try FileManager.default.removeItem(at: target)
      #expect(try folder.contents() == ["x.zip"])
    }
    #expect(unpacked > 0 && refused > Self.tries / 4, "\(unpacked) unpacked, \(refused) refused")
  }
}
