import Archives
import Foundation
import TestSupport
import Testing

@Suite("Unpacking archives")
struct UnpackingTests {
  /// Files to be packed, and a fresh folder to unpack to.
  private struct Bench {
    let folder: TemporaryFolder
    var target: URL { folder.file("target") }

    init() throws {
      folder = try TemporaryFolder()
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      try folder.write(Data("one".utf8), to: "source/a/1.dcm")
      try folder.write(Data(repeating: 7, count: 100_000), to: "source/a/b/2")
    }

    /// Runs a packer in the folder `source`.
    func pack(_ program: String, _ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(filePath: program)
      process.arguments = arguments
      process.currentDirectoryURL = folder.file("source")
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }

    func unpack(_ name: String, _ limits: ArchiveLimits = .standard) throws -> Unpacked {
      try Unpacking.unpack(folder.file(name), to: target, limits: limits)
    }

    func refuses(_ name: String, _ kind: ArchiveError.Kind, _ limits: ArchiveLimits = .standard) -> Bool {
      do { _ = try unpack(name, limits) } catch { return (error as? ArchiveError)?.kind == kind }
      return false
    }
  }

  @Test("tar and tar.gz give their files back, mode 0600, and nothing else", arguments: ["-cf", "-czf"])
  func tar(flags: String) throws {
    let bench = try Bench()
    try bench.folder.write(Data("x".utf8), to: "source/.hidden")
    try bench.folder.write(Data(), to: "source/a/empty")
    try bench.folder.write(Data("x".utf8), to: "source/inner.zip")
    try bench.pack("/bin/tar", flags, "../x.tar", ".")
    let unpacked = try bench.unpack("x.tar")
    #expect(unpacked == Unpacked(files: 2, bytes: 100_003, leftOut: 3))
    #expect(try Data(contentsOf: bench.target.appending(path: "a/1.dcm")) == Data("one".utf8))
    #expect(try Data(contentsOf: bench.target.appending(path: "a/b/2")) == Data(repeating: 7, count: 100_000))
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: bench.target.path).sorted() == [
        "a", "a/1.dcm", "a/b", "a/b/2",
      ])
    let mode = try FileManager.default.attributesOfItem(atPath: bench.target.appending(path: "a/1.dcm").path)
    #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
  }

  @Test("a zip of stored entries gives its files back; a changed byte is refused")
  func zip() throws {
    let bench = try Bench()
    let zip = ZipSample([("a/1.dcm", Data("one".utf8)), ("b", Data("two".utf8))])
    try bench.folder.write(zip.bytes, to: "x.zip")
    #expect(try bench.unpack("x.zip") == Unpacked(files: 2, bytes: 6, leftOut: 0))
    #expect(try Data(contentsOf: bench.target.appending(path: "b")) == Data("two".utf8))
    var broken = zip.bytes
    broken[broken.startIndex + 30 + 7] ^= 1
    try bench.folder.write(broken, to: "y.zip")
    let other = try Bench()
    try FileManager.default.copyItem(at: bench.folder.file("y.zip"), to: other.folder.file("y.zip"))
    #expect(other.refuses("y.zip", .unreadable), "the checksum does not fit")
  }

  @Test(
    "no path leaves the folder",
    arguments: ["../out", "a/../../out", "/out", "a/..", "\\out", "..\\out"])
  func paths(name: String) throws {
    let bench = try Bench()
    try bench.folder.write(ZipSample([(name, Data("x".utf8))]).bytes, to: "x.zip")
    #expect(bench.refuses("x.zip", .hostile))
    #expect(try bench.folder.contents() == ["source", "target", "x.zip"])
    #expect(try bench.folder.contents("target").isEmpty)
  }

  @Test("links, pipes and entries that come twice are refused")
  func links() throws {
    for kind in ["symbolic", "hard", "pipe"] {
      let bench = try Bench()
      let place = bench.folder.file("source/zz").path
      switch kind {
      case "symbolic": #expect(symlink("/etc", place) == 0)
      case "hard": #expect(link(bench.folder.file("source/a/1.dcm").path, place) == 0)
      default: #expect(mkfifo(place, 0o600) == 0)
      }
      try bench.pack("/bin/tar", "-cf", "../x.tar", "a", "zz")
      #expect(bench.refuses("x.tar", .hostile), "\(kind)")
    }
    let bench = try Bench()
    try bench.folder.write(ZipSample([("a", Data("x".utf8)), ("a", Data("y".utf8))]).bytes, to: "x.zip")
    #expect(bench.refuses("x.zip", .hostile))
  }

  @Test("too many entries, too many bytes and too high a ratio are refused before they are written")
  func bombs() throws {
    let bench = try Bench()
    try bench.pack("/bin/tar", "-czf", "../x.tgz", "a")
    #expect(bench.refuses("x.tgz", .tooLarge, ArchiveLimits(entries: 2)))
    let small = try Bench()
    try small.pack("/bin/tar", "-czf", "../x.tgz", "a")
    #expect(small.refuses("x.tgz", .tooLarge, ArchiveLimits(expandedBytes: 50_000)))
    let written = try FileManager.default.subpathsOfDirectory(atPath: small.target.path).filter { $0.hasSuffix("2") }
    #expect(written.isEmpty, "the declared size is looked at first")
    let dense = try Bench()
    try dense.folder.write(Data(count: 4_000_000), to: "source/a/zeros")
    try dense.pack("/bin/tar", "-czf", "../x.tgz", "a")
    #expect(dense.refuses("x.tgz", .tooLarge, ArchiveLimits(ratio: 200, harmlessBytes: 1_000_000)))
    #expect(try Bench().refuses("nothing.zip", .unreadable))
  }

  @Test("what is no archive, or cut short, is refused", arguments: [0, 10, 300, 511, 600])
  func damaged(length: Int) throws {
    let bench = try Bench()
    try bench.folder.write(Data(repeating: 0x41, count: length), to: "text.zip")
    #expect(bench.refuses("text.zip", .unreadable))
    try bench.pack("/bin/tar", "-cf", "../x.tar", "a/b")
    let whole = try Data(contentsOf: bench.folder.file("x.tar"))
    try bench.folder.write(whole.prefix(1024 + length), to: "cut.tar")
    #expect(bench.refuses("cut.tar", .unreadable))
  }

  @Test(
    "names that are archives",
    arguments: [
      ("a.ZIP", true), ("b.tar.gz", true), ("c.tgz", true), (".zip", false), ("d.nii.gz", false), ("e.tar", true),
      ("f", false),
    ])
  func names(name: String, isArchive: Bool) { #expect(ArchiveName.holds(for: name) == isArchive) }

  @Test("a caller who wants to stop is obeyed")
  func cancelled() throws {
    let bench = try Bench()
    try bench.pack("/bin/tar", "-cf", "../x.tar", "a")
    #expect { try Unpacking.unpack(bench.folder.file("x.tar"), to: bench.target, isCancelled: { true }) } throws: {
      ($0 as? ArchiveError)?.kind == .cancelled
    }
  }
}
