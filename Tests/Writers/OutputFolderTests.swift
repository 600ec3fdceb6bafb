import Digests
import Foundation
import TestSupport
import Testing
import Writers

@Suite("Output folder")
struct OutputFolderTests {
  private func mode(_ url: URL) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
  }

  @Test("nothing is seen under the name until it is sealed; then everything is, private, with its digests")
  func sealing() throws {
    let tree = try TemporaryFolder()
    let parent = tree.file("out/rule")
    var folder = try OutputFolder(name: "result", in: parent)
    try folder.write(Array("abc".utf8), as: "b.txt")
    try folder.write([], as: "a.txt")
    #expect(try tree.contents("out/rule").allSatisfy { OutputFolder.isDebris($0) })
    #expect(try tree.contents("out/rule").count == 1)
    let output = try folder.seal()
    #expect(output.folder.path == parent.appending(path: "result").path && output.replaced == .nothing)
    #expect(output.files.map { $0.name } == ["a.txt", "b.txt"] && output.files.map { $0.bytes } == [0, 3])
    #expect(output.files[1].sha256 == SHA256Digest(of: "abc"))
    #expect(try tree.contents("out/rule") == ["result"])
    #expect(try String(contentsOf: output.folder.appending(path: "b.txt"), encoding: .utf8) == "abc")
    #expect(try mode(output.folder) == 0o700 && mode(output.folder.appending(path: "b.txt")) == 0o600)
    #expect(try mode(parent) == 0o700)
  }

  @Test("a folder that is not sealed leaves nothing")
  func abandoned() throws {
    let tree = try TemporaryFolder()
    do {
      var folder = try OutputFolder(name: "result", in: tree.url)
      try folder.write([1], as: "a")
    }
    #expect(try tree.contents() == [])
  }

  @Test("the same content stays as it is, another is replaced whole")
  func again() throws {
    let tree = try TemporaryFolder()
    func make(_ files: [(String, [UInt8])]) throws -> WrittenOutput {
      var folder = try OutputFolder(name: "result", in: tree.url)
      for (name, bytes) in files { try folder.write(bytes, as: name) }
      return try folder.seal()
    }
    func inode() throws -> UInt64? {
      try FileManager.default.attributesOfItem(atPath: tree.file("result").path)[.systemFileNumber] as? UInt64
    }
    #expect(try make([("a", [1]), ("b", [2])]).replaced == .nothing)
    let first = try inode()
    #expect(try make([("b", [2]), ("a", [1])]).replaced == .same)
    #expect(try inode() == first)
    #expect(try make([("a", [1]), ("b", [3])]).replaced == .other)
    #expect(try inode() != first)
    #expect(try make([("a", [1])]).replaced == .other)
    #expect(try tree.contents("result") == ["a"])
    #expect(try tree.contents() == ["result"])
  }

  @Test(
    "files of another folder are moved or copied, with their digests and the mode of the others; a link is not followed"
  )
  func taken() throws {
    let tree = try TemporaryFolder()
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let (moved, copied) = (try tree.write(bytes, to: "other/moved"), try tree.write(bytes, to: "other/copied"))
    #expect(chmod(copied.path, 0o644) == 0)
    try FileManager.default.createSymbolicLink(at: tree.file("other/link"), withDestinationURL: copied)
    var folder = try OutputFolder(name: "result", in: tree.url)
    let taken = [try folder.take(moved, moving: true), try folder.take(copied, moving: false)]
    #expect(taken.map { $0.name } == ["moved", "copied"] && taken.map { $0.bytes } == [bytes.count, bytes.count])
    let link = tree.file("other/link")
    for (file, isMoved) in [(link, false), (link, true), (copied, false)] {
      do throws(OutputError) {
        try folder.take(file, moving: isMoved)
        Issue.record("\(file.path) was taken")
      } catch {}
    }
    let output = try folder.seal()
    #expect(output.files.map { $0.sha256 } == [SHA256Digest(of: bytes), SHA256Digest(of: bytes)])
    #expect(try mode(output.folder.appending(path: "copied")) == 0o600)
    #expect(try Data(contentsOf: output.folder.appending(path: "copied")) == Data(bytes))
    #expect(!FileManager.default.fileExists(atPath: moved.path) && FileManager.default.fileExists(atPath: copied.path))
    #expect(throws: OutputError.self) { try OutputFolder.move(tree.file("other"), to: output.folder) }
    try OutputFolder.move(output.folder, to: tree.file("elsewhere"))
    #expect(try tree.contents("elsewhere").contains("copied") && !tree.contents().contains("result"))
  }

  @Test("names from data are refused, two files of one name too, and a file in the place")
  func refused() throws {
    let tree = try TemporaryFolder()
    #expect(throws: OutputError.self) { _ = try OutputFolder(name: "../x", in: tree.url).place }
    #expect(throws: OutputError.self) { _ = try OutputFolder(name: ".x", in: tree.url).place }
    try tree.write([1], to: "file")
    #expect(throws: OutputError.self) { _ = try OutputFolder(name: "x", in: tree.file("file")).place }
    do {
      var folder = try OutputFolder(name: "file", in: tree.url)
      for name in ["", "..", "a/b", ".a"] {
        do throws(OutputError) {
          try folder.write([1], as: name)
          Issue.record("\(name) was taken")
        } catch {}
      }
      try folder.write([1], as: "a")
      do throws(OutputError) {
        try folder.write([2], as: "a")
        Issue.record("the second a was taken")
      } catch { #expect("\(error)".contains("File exists")) }
      do throws(OutputError) {
        _ = try folder.seal()
        Issue.record("it replaced a file")
      } catch { #expect("\(error)".contains("not a folder")) }
    }
    #expect(try tree.contents() == ["file"])
  }

  @Test("debris of a dead process goes, in the tree and one level below; a living one's and everything else stays")
  func debris() throws {
    let tree = try TemporaryFolder()
    try tree.write([1], to: ".dead.partial-0123456789abcdef/a")
    try tree.write([1], to: "rule/.dead.partial-0123456789abcdef/a")
    try tree.write([1], to: ".mine.partial-notours/a")
    try tree.write([1], to: ".partial-0123456789abcde")
    try tree.write([1], to: "rule/kept.partial-0123456789abcdef/a")
    var living = try OutputFolder(name: "living", in: tree.file("rule"))
    try living.write([1], as: "a")
    let removed = OutputFolder.removeDebris(in: tree.url)
    #expect(removed == [".dead.partial-0123456789abcdef", "rule/.dead.partial-0123456789abcdef"])
    _ = try living.seal()
    #expect(try tree.contents() == [".mine.partial-notours", ".partial-0123456789abcde", "rule"])
    #expect(try tree.contents("rule") == ["kept.partial-0123456789abcdef", "living"])
  }

  @Test("a link in the place of debris is not followed")
  func link() throws {
    let tree = try TemporaryFolder()
    try tree.write([1], to: "kept/a")
    try FileManager.default.createSymbolicLink(
      at: tree.file(".x.partial-0123456789abcdef"), withDestinationURL: tree.file("kept"))
    OutputFolder.removeDebris(in: tree.url)
    #expect(try tree.contents("kept") == ["a"])
  }

  @Test("a parent that cannot be made is named, and is not taken for a full disk")
  func impossible() {
    #expect {
      _ = try OutputFolder(name: "x", in: URL(filePath: "/proc/nowhere")).place
    } throws: {
      "\($0)".contains("/proc/nowhere") && ($0 as? OutputError)?.isOutOfSpace == false
    }
  }

  @Test("where the file system cannot exchange two folders, steps do it")
  func steps() throws {
    let tree = try TemporaryFolder()
    try tree.write([1], to: "place/old")
    try tree.write([2], to: ".place.partial-1123456789abcdef/new")
    try System.exchangeInSteps(tree.file(".place.partial-1123456789abcdef").path, tree.file("place").path)
    #expect(try tree.contents("place") == ["new"])
    #expect(try tree.contents(".place.partial-1123456789abcdef") == ["old"])
    #expect(try tree.contents().count == 2)
  }

  @Test("a whole result in one step, and a single file that is replaced whole")
  func oneStep() throws {
    let tree = try TemporaryFolder()
    let output = try OutputFolder.write([OutputFile(name: "a", bytes: [1, 2])], name: "result", in: tree.file("rule"))
    #expect(output.files.map { $0.bytes } == [2])
    for bytes in [[UInt8]([1]), [2, 3]] {
      try AtomicFile.write(bytes, to: tree.file("web/index.html"))
      #expect(try [UInt8](Data(contentsOf: tree.file("web/index.html"))) == bytes)
    }
    #expect(try tree.contents("web") == ["index.html"] && mode(tree.file("web/index.html")) == 0o600)
    #expect(throws: OutputError.self) { try AtomicFile.write([1], to: tree.file("rule")) }
    #expect(throws: OutputError.self) { try AtomicFile.write([1], to: tree.file(".hidden")) }
    #expect(try tree.contents() == ["rule", "web"])
  }

  @Test("a single file in pieces of any size is their bytes; one that is not finished, or is known, leaves the old one")
  func pieces() throws {
    let tree = try TemporaryFolder()
    var random = SplitMix64(seed: 5)
    var bytes: [UInt8] = []
    var file = try AtomicFile(replacing: tree.file("page"))
    for count in [0, 1, 200_000, 62_143, 1, 300_000, 0, 700_000, 5] {
      let piece = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      try file.append(piece)
      bytes += piece
    }
    #expect(try file.finish() == SHA256Digest(of: bytes))
    #expect(try [UInt8](Data(contentsOf: tree.file("page"))) == bytes)
    let before = try FileManager.default.attributesOfItem(atPath: tree.file("page").path)[.systemFileNumber] as? Int
    for knows in [true, false] {
      do {
        var next = try AtomicFile(replacing: tree.file("page"))
        try next.append(bytes)
        if knows { try next.finish(unless: SHA256Digest(of: bytes)) }
      }
      #expect(try tree.contents() == ["page"])
      let after = try FileManager.default.attributesOfItem(atPath: tree.file("page").path)[.systemFileNumber] as? Int
      #expect(after == before)
    }
  }

  @Test("debris of a result and of a single file goes, the old result stays")
  func killed() throws {
    let tree = try TemporaryFolder()
    try tree.write([7], to: "result/a")
    try tree.write([1], to: ".index.html.partial-1123456789abcdef")
    try tree.write([1], to: ".result.partial-1123456789abcdef/a")
    #expect(OutputFolder.removeDebris(in: tree.url).count == 2)
    #expect(try tree.contents() == ["result"])
  }
}
