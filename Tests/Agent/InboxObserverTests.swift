import Agent
import Foundation
import Intake
import Synchronization
import TestSupport
import Testing

@Suite("What is known of an inbox")
struct InboxObserverTests {
  @Test(
    "a listing that fails changes nothing; an inbox that is gone is empty", arguments: [EIO, EACCES, EMFILE, ENOENT])
  func failure(code: Int32) throws {
    let folder = try TemporaryFolder()
    try folder.write(Data("a".utf8), to: "inbox/a.dcm")
    try folder.write(Data("b".utf8), to: "inbox/b.dcm")
    let inbox = try Inbox(folder.file("inbox").path)
    let fails = Mutex(false)
    var observer = InboxObserver(inboxes: [inbox], settle: .seconds(1)) { inbox throws(WatchError) in
      if fails.withLock({ $0 }) { throw .inboxUnavailable(path: inbox.path, errno: code) }
      return try Rescan.list(inbox)
    }
    observer.rescan(inbox)
    #expect(observer.fileCount == 2 && observer.unlisted.isEmpty)
    fails.withLock { $0 = true }
    observer.rescan(inbox)
    #expect(observer.fileCount == (code == ENOENT ? 0 : 2))
    #expect(observer.unlisted.isEmpty == (code == ENOENT))
    fails.withLock { $0 = false }
    observer.rescan(inbox)
    #expect(observer.fileCount == 2 && observer.unlisted.isEmpty)
  }
}
