import Audit
import Digests
import Foundation
import Glibc
import Testing

/// On a small file system in memory; needs the right to mount and is skipped without it (a container, an ordinary user).
@Suite(.enabled(if: SmallDisk.allowed, "mounting is not allowed here"))
struct FullDiskTests {
  @Test func aFullDiskIsSaidAndLeavesTheRecordWhole() throws {
    let disk = try SmallDisk("size=1m")
    let audit = try AuditDatabase.open(outputFolder: disk.folder)
    let run = try audit.beginRun(seriesUID: "1", software: "v", host: "h")
    var batch = 0
    var failure: AuditError?
    while failure == nil, batch < 1000 {
      let files = (0..<50).map {
        FileEntry(role: .input, path: "/in/\(batch)/\($0)", bytes: 1, sha256: SHA256Digest(of: "\($0)"))
      }
      do { try audit.recordFiles(run, files) } catch { failure = error }
      batch += 1
    }
    guard case .notWritable(_, let reason)? = failure else {
      Issue.record("expected notWritable, found \(String(describing: failure))")
      return
    }
    #expect(reason.contains("full"))
    #expect(try audit.openRuns().map { $0.id } == [run])
    #expect(try audit.ask(sql: "SELECT count(*) FROM files").rows == [[.integer(Int64(batch - 1) * 50)]])
    #expect(try audit.verifyChain().differences.isEmpty)
    // With room again it goes on, and so does an agent that starts then.
    #expect(disk.remount("size=4m"))
    try audit.discard(run, reason: "disk full")
    let next = try AuditDatabase.open(outputFolder: disk.folder)
    #expect(try next.openRuns().isEmpty && next.verifyChain().differences.isEmpty)
  }

  @Test func aReadOnlyDiskIsRefusedAtTheStart() throws {
    let disk = try SmallDisk("size=1m")
    #expect(disk.remount("size=1m", readOnlyFlag))
    let error = #expect(throws: AuditError.self) { try AuditDatabase.open(outputFolder: disk.folder) }
    #expect(error?.description.contains("Read-only file system") == true)
  }
}

/// A folder with a small file system of its own.
final class SmallDisk: Sendable {
  let folder: URL

  static let allowed: Bool = (try? SmallDisk("size=1m")) != nil

  init(_ options: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-disk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard mount("none", folder.path, "tmpfs", 0, options) == 0 else {
      try? FileManager.default.removeItem(at: folder)
      throw CocoaError(.fileWriteNoPermission)
    }
    self.folder = folder
  }

  deinit {
    umount2(folder.path, 2)
    try? FileManager.default.removeItem(at: folder)
  }

  func remount(_ options: String, _ flags: Int = 0) -> Bool {
    mount("none", folder.path, "tmpfs", UInt(remountFlag | flags), options) == 0
  }
}

private let remountFlag = 32
private let readOnlyFlag = 1
