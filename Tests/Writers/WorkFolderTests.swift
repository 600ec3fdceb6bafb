import Digests
import Foundation
import TestSupport
import Testing
import Writers

@Suite("Work folders, and files that others write")
struct WorkFolderTests {
  @Test("a work folder is private, has the same path for the same purpose, and goes with the value")
  func workFolder() throws {
    let parent = try TemporaryFolder()
    var paths: [String] = []
    for _ in 0..<2 {
      let work = try WorkFolder(in: parent.url, purpose: "0123456789abcdef")
      try Data("x".utf8).write(to: work.url.appending(path: "x"))
      paths.append(work.url.path)
      let mode = try FileManager.default.attributesOfItem(atPath: work.url.path)[.posixPermissions] as? NSNumber
      #expect(mode?.intValue == 0o700)
    }
    #expect(paths[0] == paths[1])
    #expect(try parent.contents().isEmpty)
    #expect(throws: OutputError.self) { _ = try WorkFolder(in: parent.url, purpose: "../../x") }
  }

  @Test("what a killed process left of a work folder is debris, and is gone before the next has the path")
  func leftover() throws {
    let parent = try TemporaryFolder()
    try parent.write(Data("old".utf8), to: ".work.partial-0123456789abcdef/old")
    do {
      let work = try WorkFolder(in: parent.url, purpose: "0123456789abcdef")
      #expect(try FileManager.default.contentsOfDirectory(atPath: work.url.path).isEmpty)
    }
    try parent.write(Data("old".utf8), to: ".work.partial-0123456789abcdef/old")
    #expect(OutputFolder.removeDebris(in: parent.url) == [".work.partial-0123456789abcdef"])
  }

  @Test("a file that another library writes is sealed with the others: digest, mode, and nothing where it fails")
  func adopted() throws {
    let parent = try TemporaryFolder()
    var folder = try OutputFolder(name: "run", in: parent.url)
    let value = try folder.write(as: "a.dcm") { place in
      try Data("abc".utf8).write(to: place)
      return 7
    }
    #expect(value == 7 && folder.writtenFiles.map { $0.sha256 } == [SHA256Digest(of: "abc")])
    let sealed = try folder.seal()
    #expect(sealed.files.map { $0.name } == ["a.dcm"] && sealed.files[0].bytes == 3)
    let file = sealed.folder.appending(path: "a.dcm").path
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
    #expect(mode?.intValue == 0o600)
    var failing = try OutputFolder(name: "other", in: parent.url)
    #expect(throws: CocoaError.self) {
      try failing.write(as: "b.dcm") { _ in throw CocoaError(.fileWriteUnknown) }
    }
    #expect(throws: OutputError.self) { try failing.write(as: "../b") { _ in } }
    _ = consume failing
    #expect(try parent.contents() == ["run"])
  }
}
