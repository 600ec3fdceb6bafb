import Digests
import Foundation
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  // FIPS 180-4 example vectors.
  @Test(
    "equals the published vectors",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
  func vectors(message: String, digest: String) {
    #expect(SHA256Digest(of: message).description == digest)
  }

  @Test("of a file equals that of its bytes, across pieces")
  func file() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "sha-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let bytes = (0..<(3 << 20) + 17).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try Data(bytes).write(to: file)
    #expect(try SHA256Digest(ofFile: file) == SHA256Digest(of: bytes))
  }

  @Test("of a missing file names the file and the cause")
  func missing() {
    #expect { try SHA256Digest(ofFile: URL(filePath: "/nowhere/at/all")) } throws: {
      "\($0)" == "reading /nowhere/at/all to digest it: No such file or directory"
    }
  }
}
