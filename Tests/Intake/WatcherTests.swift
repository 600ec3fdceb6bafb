import Foundation
import Intake
import Testing

/// With real files. One watcher per process, so one test at a time.
@Suite(.serialized)
struct WatcherTests {
  private func following(
    _ folder: TemporaryFolder, bufferLimit: Int = 65_536, delay: Duration? = nil,
    _ body: (Follower, Inbox) async throws -> Void
  ) async throws {
    let inbox = try folder.inbox
    let follower = try await Follower([inbox], bufferLimit: bufferLimit, delay: delay)
    do {
      try await body(follower, inbox)
    } catch {
      await follower.stop()
      throw error
    }
    await follower.stop()
  }

  @Test func noticesFilesWrittenRenamedLinkedAndRemoved() async throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    try outside.write("linked")
    try folder.write("before/start.dcm")
    try await following(folder) { follower, inbox in
      #expect(follower.knows(folder("before/start.dcm")))
      try folder.write("before/a.dcm", "in place")
      try folder.write("before/b.dcm.partial", "by rename")
      try folder.move("before/b.dcm.partial", "before/b.dcm")
      #expect(link(outside("linked"), folder("before/c.dcm")) == 0)
      try await follower.waitUntilAgrees(with: inbox)
      #expect(follower.knows(folder("before/b.dcm")) && follower.knows(folder("before/c.dcm")))
      try folder.remove("before/a.dcm")
      #expect(rename(folder("before/b.dcm"), outside("b.dcm")) == 0)
      try await follower.waitUntil { _ in
        !follower.knows(folder("before/a.dcm")) && !follower.knows(folder("before/b.dcm"))
      }
      #expect(follower.agrees(with: inbox))
      #expect(follower.rescans == 0)
    }
  }

  @Test func tellsThatAWriterClosedAFile() async throws {
    let folder = try TemporaryFolder()
    try await following(folder) { follower, _ in
      let handle = open(folder("slow.dcm"), O_WRONLY | O_CREAT, 0o600)
      #expect(handle >= 0)
      #expect(write(handle, "abc", 3) == 3)
      try await follower.waitUntil { _ in follower.knows(folder("slow.dcm")) }
      #expect(!follower.events.contains(.changed(path: folder("slow.dcm"), .closed)))
      close(handle)
      try await follower.waitUntil { $0.contains(.changed(path: folder("slow.dcm"), .closed)) }
    }
  }

  @Test func followsFoldersMovedInRenamedFilledAndMovedOut() async throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    for i in 0..<20 { try outside.write("study/series\(i % 3)/\(i).dcm") }
    try await following(folder) { follower, inbox in
      #expect(rename(outside("study"), folder("study")) == 0)
      try await follower.waitUntilAgrees(with: inbox)
      try folder.move("study/series0", "study/renamed")
      try folder.write("study/renamed/late.dcm")
      try await follower.waitUntilAgrees(with: inbox)
      #expect(follower.knows(folder("study/renamed/late.dcm")))
      try folder.move("study/renamed", "elsewhere")
      try folder.makeFolder("study/series0")
      try folder.write("study/series0/again.dcm")
      try folder.write("elsewhere/more.dcm")
      try await follower.waitUntilAgrees(with: inbox)
      #expect(rename(folder("study"), outside("back")) == 0)
      try await follower.waitUntilAgrees(with: inbox)
      #expect(FileManager.default.createFile(atPath: outside("back/series1/unseen.dcm"), contents: Data([1])))
      try folder.write("last.dcm")
      try await follower.waitUntil { _ in follower.knows(folder("last.dcm")) }
      #expect(!follower.events.contains { "\($0)".contains("unseen") })
      #expect(follower.rescans == 0)
    }
  }

  @Test func missesNothingInFoldersFilledWhileTheyAreMade() async throws {
    let folder = try TemporaryFolder()
    try await following(folder) { follower, inbox in
      for i in 0..<60 {
        let deep = "p\(i)/q/r/s\(i % 7)"
        try folder.write("\(deep)/first.dcm")
        try folder.write("\(deep)/second.dcm")
        if i % 3 == 0 { try folder.move("p\(i)/q", "p\(i)/moved") }
        if i % 5 == 0 { try folder.remove("p\(i)") }
      }
      try await follower.waitUntilAgrees(with: inbox)
      #expect(follower.rescans == 0)
    }
  }

  @Test func noticesEveryFileOfAnArchiveUnpacked() async throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    for i in 0..<500 { try outside.write("scan/\(i % 10)/\(i).dcm", String(repeating: "v", count: 100 + i)) }
    try outside.run("/usr/bin/env", ["tar", "-cf", outside("scan.tar"), "-C", outside.path, "scan"])
    try await following(folder) { follower, inbox in
      try folder.run("/usr/bin/env", ["tar", "-xf", outside("scan.tar"), "-C", folder.path])
      try await follower.waitUntilAgrees(with: inbox)
      #expect(follower.knows(folder("scan/9/499.dcm")))
      #expect(follower.rescans == 0)
    }
  }

  @Test func aFolderRemadeUnderTheSameNameIsWatchedAnew() async throws {
    let folder = try TemporaryFolder()
    try await following(folder) { follower, inbox in
      for i in 0..<50 {
        try folder.write("spool/\(i).dcm")
        try await follower.waitUntil { _ in follower.knows(folder("spool/\(i).dcm")) }
        try folder.remove("spool")
        try await follower.waitUntilAgrees(with: inbox)
      }
      #expect(follower.rescans == 0)
    }
  }

  @Test func leavesUnfinishedHiddenAndEmptyFilesAlone() async throws {
    let folder = try TemporaryFolder()
    try await following(folder) { follower, inbox in
      try folder.write(".hidden/x.dcm")
      try folder.write("a.filepart")
      try folder.write("empty.dcm", "")
      try folder.write("end.dcm")
      try await follower.waitUntil { _ in follower.knows(folder("end.dcm")) }
      #expect(follower.agrees(with: inbox))
      #expect(!follower.knows(folder("empty.dcm")))
      try folder.write("empty.dcm", "filled")
      try folder.move(".hidden", "shown")
      try await follower.waitUntil { _ in follower.knows(folder("shown/x.dcm")) && follower.knows(folder("empty.dcm")) }
      try folder.write("shown/.complete", "")
      try await follower.waitUntil { $0.contains(.completed(folder: folder("shown"))) }
    }
  }

  @Test func namesWhatCannotBeUsedAndFollowsNoLink() async throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    try outside.write("secret/x.dcm")
    try await following(folder) { follower, inbox in
      #expect(mkfifo(folder("pipe"), 0o600) == 0)
      #expect(symlink(outside("secret"), folder("link")) == 0)
      let badName: [CChar] = folder("caf").utf8CString.dropLast() + [CChar(bitPattern: 0xE9), 0]
      close(open(badName, O_CREAT | O_WRONLY, 0o600))
      try folder.write("end.dcm")
      try await follower.waitUntil { _ in follower.knows(folder("end.dcm")) && follower.unusable.count >= 3 }
      let found = Set(follower.unusable)
      #expect(found.contains(UnusableFile(path: folder("pipe"), kind: .fifo)))
      #expect(found.contains(UnusableFile(path: folder("link"), kind: .symbolicLink)))
      #expect(found.contains(UnusableFile(path: folder("caf\\xE9"), kind: .nameNotUTF8)))
      #expect(follower.agrees(with: inbox))
    }
  }

  @Test func aSlowConsumerGetsARescanInsteadOfMemoryWithoutEnd() async throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("many")
    try await following(folder, bufferLimit: 50) { follower, inbox in
      // Faster than the follower can look at them, or not: either way it ends up knowing them all.
      for i in 0..<2000 { try folder.write("many/\(i).dcm") }
      try await follower.waitUntilAgrees(with: inbox)
    }
  }

  @Test func aConsumerThatComesLateGetsABoundedBacklog() async throws {
    let folder = try TemporaryFolder()
    let watcher = try await Watcher.start([folder.inbox], bufferLimit: 50)
    for i in 0..<500 { try folder.write("\(i).dcm") }
    try folder.write("last.dcm")
    var events: [FileEvent] = []
    let inbox = try folder.inbox
    for await event in watcher.events {
      events.append(event)
      if case .rescanNeeded(inbox, .backPressure) = event { break }
    }
    #expect(events.count <= 52)
    await watcher.stop()
  }

  @Test func anInboxThatGoesAndComesBackIsFoundAgain() async throws {
    let folder = try TemporaryFolder()
    try folder.write("in/a.dcm")
    let inbox = try Inbox(folder("in"))
    let follower = try await Follower([inbox])
    try folder.move("in", "away")
    try await follower.waitUntil { $0.contains(.rootLost(inbox, .moved)) }
    #expect(!follower.knows(folder("in/a.dcm")))
    try folder.write("away/b.dcm")
    try folder.move("away", "in")
    try await follower.waitUntil { $0.contains(.rescanNeeded(inbox, .rootFound)) }
    try await follower.waitUntilAgrees(with: inbox)
    #expect(follower.knows(folder("in/b.dcm")))
    try folder.remove("in")
    try await follower.waitUntil { $0.contains(.rootLost(inbox, .deleted)) || $0.contains(.rootLost(inbox, .moved)) }
    try folder.write("in/sub/c.dcm")
    try await follower.waitUntil { _ in follower.knows(folder("in/sub/c.dcm")) }
    try folder.write("in/sub/d.dcm")
    try await follower.waitUntil { _ in follower.knows(folder("in/sub/d.dcm")) }
    await follower.stop()
  }

  @Test func aFolderAboveTheInboxThatIsRenamedLosesTheInbox() async throws {
    let folder = try TemporaryFolder()
    try folder.write("up/in/a.dcm")
    let inbox = try Inbox(folder("up/in"))
    let follower = try await Follower([inbox])
    try folder.move("up", "elsewhere")
    try await follower.waitUntil { $0.contains(.rootLost(inbox, .moved)) }
    try folder.move("elsewhere", "up")
    try await follower.waitUntil { _ in follower.knows(folder("up/in/a.dcm")) && follower.agrees(with: inbox) }
    await follower.stop()
  }

  @Test func oneWatcherPerProcessAndInboxesApart() async throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("inner")
    let inbox = try folder.inbox
    let first = try await Watcher.start([inbox, inbox])
    await #expect(throws: WatchError.alreadyWatching) { try await Watcher.start([inbox]) }
    await first.stop()
    let inner = try Inbox(folder("inner"))
    await #expect(throws: WatchError.inboxesOverlap(outer: inbox.path, inner: inner.path)) {
      try await Watcher.start([inbox, inner])
    }
    #expect(throws: WatchError.inboxUnavailable(path: folder("none"), errno: ENOENT)) { try Inbox(folder("none")) }
    let again = try await Watcher.start([inbox])
    await again.stop()
  }

  @Test func theLimitErrorSaysWhichSettingToRaise() {
    let error = WatchError.watchLimitReached(path: "/in/x", limit: 8192)
    #expect(error.description.contains("fs.inotify.max_user_watches=32768"))
  }
}
