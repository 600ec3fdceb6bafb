import Foundation
import Intake
import Testing

struct RescanTests {
  @Test func listsRegularFilesAndNamesTheRest() throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    try outside.write("x.dcm")
    try folder.write("a/b/one.dcm", "12345")
    try folder.write("two.dcm")
    try folder.write("a/.complete", "")
    try folder.write("a/.hidden")
    try folder.write("three.dcm.PARTIAL")
    try folder.write("empty.dcm", "")
    try folder.write(".later/four.dcm")
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    #expect(symlink(outside.path, folder("linked")) == 0)
    let listing = try Rescan.list(folder.inbox)
    #expect(Set(listing.files.map { $0.path }) == [folder("a/b/one.dcm"), folder("two.dcm")])
    let one = try #require(listing.files.first { $0.size == 5 })
    #expect(try FileStamp.current(one.path) == one)
    #expect(
      Set(listing.waiting) == [
        folder("a/.hidden"), folder("three.dcm.PARTIAL"), folder("empty.dcm"), folder(".later"),
      ])
    #expect(
      Set(listing.unusable) == [
        UnusableFile(path: folder("pipe"), kind: .fifo), UnusableFile(path: folder("linked"), kind: .symbolicLink),
      ])
    #expect(listing.completed == [folder("a")])
    #expect(listing.folders == 3)
  }

  @Test func namesFoldersNestedTooDeepAndGoesOn() throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<80).map { _ in "d" }.joined(separator: "/") + "/far.dcm")
    try folder.write("near.dcm")
    let listing = try Rescan.list(folder.inbox)
    #expect(listing.files.map { $0.path } == [folder("near.dcm")])
    #expect(listing.unusable.map { $0.kind } == [.tooDeep])
  }

  @Test func aMissingInboxIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("in")
    let inbox = try Inbox(folder("in"))
    try folder.remove("in")
    #expect(throws: WatchError.inboxUnavailable(path: inbox.path, errno: ENOENT)) { try Rescan.list(inbox) }
  }

  @Test func aStampChangesWithSizeTimeAndInode() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a", "123")
    let first = try #require(try FileStamp.current(path))
    try folder.write("b", "123")
    try folder.move("b", "a")
    let other = try #require(try FileStamp.current(path))
    #expect(first.inode != other.inode && first.size == other.size)
    #expect(try FileStamp.current(folder("none")) == nil)
    #expect(throws: UnusableFile(path: folder.path, kind: .folder)) { try FileStamp.current(folder.path) }
  }

  @Test(arguments: [
    (0x6969 as UInt32, "nfs", true), (0xFF53_4D42, "cifs", true), (0x6573_5546, "fuse", true), (0xEF53, "ext4", false),
    (0x0102_1994, "tmpfs", false), (0x1234_5678, "unknown (0x12345678)", true),
  ])
  func knowsFileSystemsThatChangeUnseen(magic: UInt32, name: String, unseen: Bool) {
    let kind = FileSystemKind(magic: magic)
    #expect(kind.name == name && kind.changesUnseen == unseen)
    #expect(kind.rescanPeriod(chosen: nil) == (unseen ? .seconds(30) : nil))
    #expect(kind.rescanPeriod(chosen: .seconds(5)) == .seconds(5))
  }

  @Test func namesTheFileSystemOfAFolder() throws {
    let folder = try TemporaryFolder()
    #expect(try !FileSystemKind(of: folder.inbox).name.isEmpty)
  }

  @Test(arguments: [
    ("a.dcm", false), ("IM0001", false), (".a", true), ("a.dcm.partial", true), ("A.FILEPART", true),
    ("a.tmp.dcm", false), ("partial", false), ("x.nii.gz", false), ("x.crdownload", true),
  ])
  func knowsNamesThatWait(name: String, waits: Bool) { #expect(WaitingNames.isWaiting(name) == waits) }
}
