import Audit
import Digests
import Foundation
import Testing

@Suite("Aliases of paths")
struct PathAliasTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-aliases-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test("the same path has the same alias in one tree, another in another; files of a folder begin alike")
  func aliases() throws {
    let (one, other) = (try folder(), try folder())
    defer { for folder in [one, other] { try? FileManager.default.removeItem(at: folder) } }
    #expect(PathAliases(readingFrom: one) == nil)
    let aliases = try PathAliases(outputFolder: one)
    let alias = aliases.alias(of: "/inbox/DOE_JOHN/1.dcm")
    #expect(alias.count == 34 && PathAliases.isAlias(alias) && !alias.contains("DOE"))
    #expect(try PathAliases(outputFolder: one).alias(of: "/inbox/DOE_JOHN/1.dcm") == alias)
    #expect(PathAliases(readingFrom: one)?.alias(of: "/inbox/DOE_JOHN/1.dcm") == alias)
    #expect(try PathAliases(outputFolder: other).alias(of: "/inbox/DOE_JOHN/1.dcm") != alias)
    #expect(alias.hasPrefix(aliases.folderAlias(of: "/inbox/DOE_JOHN") + "/"))
    #expect(!aliases.alias(of: "/inbox/DOE_JANE/1.dcm").hasPrefix(aliases.folderAlias(of: "/inbox/DOE_JOHN")))
    let mode = try FileManager.default.attributesOfItem(atPath: one.appending(path: PathAliases.keyFileName).path)
    #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
  }

  @Test("the alias is HMAC-SHA-256 , as openssl computes it")
  func hmac() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let key = (0..<32).map { UInt8($0) }
    try Data(key).write(to: folder.appending(path: PathAliases.keyFileName))
    let aliases = try #require(PathAliases(readingFrom: folder))
    // printf '%s' /inbox/DOE_JOHN | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f
    #expect(aliases.folderAlias(of: "/inbox/DOE_JOHN") == "@325172c395be1810")
  }

  @Test("an alias that is found is digested again, one that is not counts as gone")
  func verified() throws {
    let fixture = try AuditFixture()
    let file = fixture.folder.appending(path: "input.dcm")
    try Data("pixels".utf8).write(to: file)
    let entry = FileEntry(role: .input, path: "@aa/bb", bytes: 6, sha256: SHA256Digest(of: "pixels"))
    try fixture.sealed("1.2", files: [entry])
    #expect(try fixture.audit.verifyFiles().gone == 1)
    let found = try fixture.audit.verifyFiles(places: ["@aa/bb": file.path])
    #expect(found.gone == 0 && found.files == 1 && found.differences.isEmpty)
    try Data("Pixels".utf8).write(to: file)
    #expect(try fixture.audit.verifyFiles(places: ["@aa/bb": file.path]).differences.count == 1)
  }
}
