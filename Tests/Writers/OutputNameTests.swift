import Digests
import TestSupport
import Testing
import Writers

@Suite("Output names")
struct OutputNameTests {
  @Test("a name reads as the interface says")
  func plain() {
    let name = OutputName(
      studyDate: "20240131", modality: "MR", seriesDescription: "T1 MPRAGE (sag)", seriesInstanceUID: "1.2.3")
    // printf 1.2.3 | sha256sum
    #expect(name.description == "20240131_MR_T1-MPRAGE-sag_\(SHA256Digest(of: "1.2.3").description.prefix(8))")
    let digest = SHA256Digest(of: "input")
    let second = OutputName(
      studyDate: "", modality: "", seriesDescription: "", seriesInstanceUID: "", input: digest)
    #expect(second.description == "unknown_unknown_unknown_e3b0c442-\(digest.description.prefix(8))")
  }

  @Test(
    "hostile text becomes harmless",
    arguments: [
      ("../../etc/passwd", "etc-passwd"), ("..", "unknown"), (".hidden", "hidden"), ("", "unknown"), ("/", "unknown"),
      ("a\0b\nc", "a-b-c"), ("Tête à tête", "Tete-a-tete"), ("海马体", "unknown"), ("T2 海马", "T2"), ("a..b", "a.b"),
      ("--rm -rf", "rm-rf"), ("a/../b", "a-b"), ("x_y", "x_y"), ("\u{202E}gpj.exe", "gpj.exe"), ("CON.", "CON"),
    ])
  func hostile(text: String, expected: String) {
    #expect(OutputName.safe(text, limit: 56) == expected)
  }

  @Test("any text gives a safe, bounded name")
  func random() {
    var random = SplitMix64(seed: 2)
    for _ in 0..<500 {
      let text = String(
        String.UnicodeScalarView(
          (0..<Int.random(in: 0...300, using: &random)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0...(Bool.random(using: &random) ? 127 : 0x10FFFF), using: &random))
          }))
      let name = OutputName(studyDate: text, modality: text, seriesDescription: text, seriesInstanceUID: text)
      #expect(OutputName.isSafe(name.description) && name.description.utf8.count <= 104)
    }
    let endless = OutputName.safe(String(repeating: "e\u{301}\u{301}\u{301}", count: 100_000), limit: 56)
    #expect(endless == String(repeating: "e", count: 56))
  }

  @Test(
    "what may not be a file's name",
    arguments: ["", ".", "..", ".a", "a/b", "a b", "ä", "a\0", String(repeating: "a", count: 201)])
  func unsafe(name: String) { #expect(!OutputName.isSafe(name)) }
}
