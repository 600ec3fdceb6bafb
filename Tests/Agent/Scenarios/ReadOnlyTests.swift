import Audit
import Foundation
import TestSupport
import Testing

/// A mode keeps root from nothing, a read-only mount does.
@Suite("A read-only output tree")
struct ReadOnlyTests {
  /// The folder over itself, to be read only, until `lift()`.
  struct Mount {
    static let allowed: Bool = {
      guard let folder = try? TemporaryFolder(), let mount = Mount(folder.url) else { return false }
      mount.lift()
      return true
    }()

    private let folder: URL

    init?(_ folder: URL) {
      self.folder = folder
      guard mount(folder.path, folder.path, nil, UInt(MS_BIND), nil) == 0 else { return nil }
      let flags = UInt(MS_BIND) | UInt(MS_REMOUNT) | UInt(MS_RDONLY)
      if mount(nil, folder.path, nil, flags, nil) != 0 {
        lift()
        return nil
      }
    }

    func lift() { _ = umount2(folder.path, Int32(MNT_DETACH)) }
  }

  @Test(
    "the agent does not start on it, and says so; nothing is lost",
    .enabled(if: Mount.allowed, "mounting is not allowed here"), arguments: [true, false])
  func mounted(isNew: Bool) async throws {
    let place = try Workplace()
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    if isNew {
      try FileManager.default.createDirectory(at: place.output, withIntermediateDirectories: true)
    } else {
      #expect(try await place.finish().status == 0)
      try SyntheticSeries(description: "tiny", seed: 2).write(to: place.inbox.appending(path: "2"))
    }
    let mount = try #require(Mount(place.output))
    defer { mount.lift() }
    let refused = try await place.finish()
    #expect(refused.status == 69, "\(refused.log)")
    #expect(refused.log.contains("vigil: ") && refused.log.contains(place.output.path), "\(refused.log)")
    #expect(refused.log.contains("Read-only file system"), "\(refused.log)")
    if !isNew { #expect(place.runCount == 1, "it can be read meanwhile") }
    mount.lift()
    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    #expect(try place.runs().map { $0["outcome"] } == Array(repeating: "segmented", count: isNew ? 1 : 2))
    try await place.expectWhole()
  }

  /// As ext4 does after an error on the disk; a mount in use cannot be made so from outside.
  @Test("one that becomes so under an agent at work stops it with a sentence; the next start does the work")
  func becomes() async throws {
    let place = try Workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    #expect(try await place.finish().status == 0)
    try SyntheticSeries(description: "tiny", seed: 1).write(to: place.inbox.appending(path: "1"))
    let end = try await place.finish(.at(56, .readOnly, isSticky: true, below: place.output))
    #expect(end.status == 69 && end.log.contains("vigil: "), "\(end.log)")
    #expect(place.runCount == 0, "nothing is recorded against the scan")
    #expect(try await place.finish().status == 0)
    #expect(try place.runs().map { $0["outcome"] } == ["segmented"])
    try await place.expectWhole(also: ["report.html", "segmentation.dcm"])
  }
}
