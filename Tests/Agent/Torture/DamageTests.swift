import Audit
import Foundation
import TestSupport
import Testing

@Suite("Torture: a damaged record", .serialized)
struct DamageTests {
  /// What may have happened to `audit.sqlite`.
  enum Damage: String, CaseIterable, Sendable {
    case emptied, cut, overwritten, foreignText, foreignDatabase

    func befall(_ file: URL) throws {
      var bytes = try Data(contentsOf: file)
      switch self {
      case .emptied: bytes = Data()
      case .cut: bytes = bytes.prefix(bytes.count / 2 + 100)
      // Every page's head but the first.
      case .overwritten: for page in 1..<bytes.count / 4096 { bytes[page * 4096] ^= 0x5A }
      case .foreignText: bytes = Data(String(repeating: "no database\n", count: 500).utf8)
      case .foreignDatabase: bytes[68] ^= 0x5A  // application_id, big endian, at offset 68
      }
      try bytes.write(to: file)
    }
  }

  @Test("the agent refuses to start, says how to recover, and keeps the file as it is", arguments: Damage.allCases)
  func damaged(_ damage: Damage) async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "scout", seed: 1).write(to: place.inbox.appending(path: "1"))
    #expect(try await place.finish().status == 0)
    let file = place.output.appending(path: AuditDatabase.fileName)
    try place.tamper("PRAGMA wal_checkpoint(TRUNCATE)")
    let sound = try Data(contentsOf: file)
    try damage.befall(file)
    let found = try Data(contentsOf: file)
    let end = try await place.finish()
    #expect(end.status == 69, "\(end.log)")
    let isForeign = damage == .foreignDatabase
    #expect(end.log.contains(isForeign ? "not one of Vigil's" : ".recover"), "\(end.log)")
    #expect(try Data(contentsOf: file) == found)
    try sound.write(to: file)
    #expect(try await place.finish().log.contains("nothing new"))
    try await place.expectWhole()
  }
}
