import Foundation
import Glibc
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

  @Test func stopsWithoutWaitingForAnEvent() async throws {
    let folder = try TemporaryFolder()
    let watcher = try await Watcher.start([folder.inbox])
    for await event in watcher.events where event == .rescanNeeded(try folder.inbox, .started) { break }
    let clock = ContinuousClock()
    // The thread waits for an event for up to a second; ten tries, so that one slow moment of a busy machine does not matter.
    var shortest = Duration.seconds(60)
    shortest = min(shortest, await clock.measure { await watcher.stop() })
    for _ in 0..<9 {
      let next = try await Watcher.start([folder.inbox])
      try await Task.sleep(for: .milliseconds(5))
      shortest = min(shortest, await clock.measure { await next.stop() })
    }
    #expect(shortest < .milliseconds(500))
  }

  @Test func anOverflowOfTheKernelsQueueLosesNothing() async throws {
    let folder = try TemporaryFolder()
    let inbox = try folder.inbox
    let text = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
    let queue = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    // Before the first event is read: more files than the queue holds, then folders that no event will tell of.
    let flood = { @Sendable in
      for i in 0..<queue / 2 + 100 { _ = try? folder.write("flood/\(i % 3)/\(i)") }
      _ = try? folder.write("late/deep/x.dcm")
      try? folder.move("flood/0", "renamed")
    }
    try folder.makeFolder("flood/0")
    try folder.makeFolder("flood/1")
    try folder.makeFolder("flood/2")
    let follower = try await Follower([inbox], first: flood)
    try await follower.waitUntil { $0.contains(.rescanNeeded(inbox, .overflow)) }
    try await follower.waitUntilAgrees(with: inbox)
    try folder.write("late/deep/y.dcm")
    try folder.write("renamed/z.dcm")
    try await follower.waitUntil { _ in
      follower.knows(folder("late/deep/y.dcm")) && follower.knows(folder("renamed/z.dcm"))
    }
    await follower.stop()
  }

  @Test func watchesOfDeletedFoldersAreClearedAway() async throws {
    let folder = try TemporaryFolder()
    let before = try openDescriptors()
    try await following(folder) { follower, inbox in
      // A folder that goes before its watch is set leaves none behind, so each batch waits until it is known.
      var batches = 0
      while !follower.events.contains(.rescanNeeded(inbox, .renewed)), batches < 30 {
        for i in 0..<100 { try folder.write("run\(batches)-\(i)/a.dcm") }
        try await follower.waitUntil { _ in follower.agrees(with: inbox) }
        for i in 0..<100 { try folder.remove("run\(batches)-\(i)") }
        batches += 1
      }
      try await follower.waitUntil { $0.contains(.rescanNeeded(inbox, .renewed)) }
      try folder.write("after/b.dcm")
      try await follower.waitUntil { _ in follower.knows(folder("after/b.dcm")) && follower.agrees(with: inbox) }
    }
    #expect(try openDescriptors() == before)
  }

  /// Descriptors of the kind that only the watcher has; other tests run at the same time.
  func openDescriptors() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
      let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")) ?? ""
      return target.contains("inotify") || target.hasSuffix("/mountinfo")
    }
  }

  @Test func noticesEveryFileOfManySeriesDroppedAtOnce() async throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    let series = 50 * ScaleTests.scale
    for i in 0..<series { for j in 0..<100 { try outside.write("drop/\(i)/\(j).dcm") } }
    try await following(folder) { follower, inbox in
      let clock = ContinuousClock()
      let begin = clock.now
      #expect(rename(outside("drop"), folder("drop")) == 0)
      try await follower.waitUntil { _ in follower.known == series * 100 }
      print("\(series * 100) files moved in at once: all noticed after \(clock.now - begin)")
      #expect(follower.agrees(with: inbox))
    }
  }

  @Test func listsAgainAsOftenAsTold() async throws {
    let folder = try TemporaryFolder()
    let inbox = try folder.inbox
    let watcher = try await Watcher.start([inbox], rescanPeriod: .milliseconds(1))
    var periodic = 0
    for await event in watcher.events where event == .rescanNeeded(inbox, .periodic) {
      periodic += 1
      if periodic == 2 { break }
    }
    #expect(periodic == 2)
    await watcher.stop()
  }

  /// Needs the right to mount: skipped without it (a container, an ordinary user).
  @Test(.enabled(if: Mounting.allowed, "mounting is not allowed here"))
  func noticesWhatIsMountedAndUnmounted() async throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("in/sub")
    try folder.write("in/below.dcm")
    let inbox = try Inbox(folder("in"))
    let follower = try await Follower([inbox])
    defer { for path in ["in/sub", "in"] { Mounting.unmount(folder(path)) } }
    #expect(Mounting.mount(folder("in/sub")))
    try await follower.waitUntil { $0.contains(.rescanNeeded(inbox, .mountsChanged)) }
    try folder.write("in/sub/mounted.dcm")
    try await follower.waitUntil { _ in follower.knows(folder("in/sub/mounted.dcm")) }
    Mounting.unmount(folder("in/sub"))
    try await follower.waitUntil { _ in !follower.knows(folder("in/sub/mounted.dcm")) }
    // Over the inbox itself, and away again.
    #expect(Mounting.mount(folder("in")))
    try await follower.waitUntil { $0.contains(.rootLost(inbox, .replaced)) }
    try folder.write("in/other.dcm")
    try await follower.waitUntil { _ in
      follower.knows(folder("in/other.dcm")) && !follower.knows(folder("in/below.dcm"))
    }
    let lost = follower.events.count
    Mounting.unmount(folder("in"))
    try await follower.waitUntil { $0[lost...].contains { if case .rootLost = $0 { true } else { false } } }
    try await follower.waitUntil { _ in follower.knows(folder("in/below.dcm")) && follower.agrees(with: inbox) }
    await follower.stop()
  }

  /// A real FUSE file system whose files are changed behind its back, as another machine does on a server.
  @Test(.enabled(if: Mirror.isThere, "bindfs is not installed, or FUSE is not allowed here"))
  func aPeriodicRescanFindsWhatFUSEDoesNotTell() async throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("server")
    try folder.makeFolder("in")
    #expect(Mirror.mount(folder("server"), at: folder("in")))
    defer { Mounting.unmount(folder("in")) }
    let inbox = try Inbox(folder("in"))
    let kind = try FileSystemKind(of: inbox)
    #expect(kind.name == "fuse" && kind.rescanPeriod(chosen: nil) == .seconds(30))
    let follower = try await Follower([inbox], rescanPeriod: .milliseconds(100))
    try folder.write("server/a.dcm")
    try await follower.waitUntil { _ in follower.knows(folder("in/a.dcm")) }
    await follower.stop()
  }

  /// Run it in a user namespace that allows few watches:
  /// `unshare -Ur sh -c 'echo 12 > /proc/sys/user/max_inotify_watches; swift test --skip-build --filter fewWatches'`
  @Test(.enabled(if: fewWatchesAllowed, "this user may have many watches"))
  func fewWatchesAreEnoughToLoseNothing() async throws {
    let folder = try TemporaryFolder()
    let inbox = try folder.inbox
    let follower = try await Follower([inbox], rescanPeriod: .seconds(1))
    for i in 0..<40 { try folder.write("\(i)/a.dcm") }
    try await follower.waitUntil { $0.contains { if case .blind(.watchLimitReached) = $0 { true } else { false } } }
    try await follower.waitUntilAgrees(with: inbox)
    try folder.write("39/b.dcm")
    try await follower.waitUntil { _ in follower.knows(folder("39/b.dcm")) }
    await follower.stop()
    let again = try await Follower([inbox], rescanPeriod: .seconds(1))
    try await again.waitUntilAgrees(with: inbox)
    try folder.write("39/c.dcm")
    try await again.waitUntil { _ in again.knows(folder("39/c.dcm")) }
    await again.stop()
  }

  @Test func theLimitErrorSaysWhichSettingToRaiseAndNamesNobody() {
    let error = WatchError.watchLimitReached(path: "/in/Doe^Jane", limit: 8192)
    #expect(error.description.contains("fs.inotify.max_user_watches=32768"))
    #expect(!error.description.contains("Jane"), "it goes to the journal")
  }
}

private let fewWatchesAllowed =
  (try? String(contentsOfFile: "/proc/sys/user/max_inotify_watches", encoding: .utf8))
  .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }.map { $0 <= 32 } ?? false

/// A small file system in memory to mount and unmount.
enum Mounting {
  static let allowed: Bool = {
    guard let folder = try? TemporaryFolder(), mount(folder.path) else { return false }
    unmount(folder.path)
    return true
  }()

  static func mount(_ path: String) -> Bool { Glibc.mount("none", path, "tmpfs", 0, "size=1m") == 0 }

  static func unmount(_ path: String) { _ = umount2(path, 2) }
}

/// bindfs (Debian), which shows one folder at another place through FUSE.
enum Mirror {
  static let isThere: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    try? folder.makeFolder("a")
    try? folder.makeFolder("b")
    defer { Mounting.unmount(folder("b")) }
    return mount(folder("a"), at: folder("b"))
  }()

  /// Not by Foundation's `Process`, which waits until the daemon that bindfs leaves behind has ended, too.
  static func mount(_ source: String, at place: String) -> Bool {
    let (command, variables) = (["/usr/bin/bindfs", source, place], ["PATH=/usr/bin:/bin"])
    var words = command.map { strdup($0) } + [nil]
    var environment = variables.map { strdup($0) } + [nil]
    defer { for word in words + environment { free(word) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in 1...2 as ClosedRange<Int32> {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
    }
    var (process, status) = (pid_t(), Int32())
    guard posix_spawn(&process, command[0], &actions, nil, &words, &environment) == 0,
      waitpid(process, &status, 0) == process
    else { return false }
    return status == 0
  }
}
