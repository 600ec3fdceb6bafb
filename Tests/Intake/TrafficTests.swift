import Foundation
import Glibc
import Intake
import Synchronization
import Testing

/// Hours of traffic in seconds: series come, settle and are taken away; nothing may pile up. The growth of memory is printed; it
/// says something when this test runs alone (`VIGIL_SCALE=20 swift test --filter hoursOfTraffic`).
extension WatcherTests {
  @Test func hoursOfTrafficLeaveNothingBehind() async throws {
    let folder = try TemporaryFolder()
    let inbox = try folder.inbox
    let watcher = try await Watcher.start([inbox])
    let traffic = Traffic(inbox: inbox)
    let following = Task { for await event in watcher.events { traffic.take(event) } }
    let series = 60 * ScaleTests.scale
    var grown = 0
    var warm = residentBytes()
    let descriptors = try openDescriptors()
    for number in 0..<series {
      if number == series / 3 { warm = residentBytes() }
      for i in 0..<20 { try folder.write("study/\(number)/\(i).dcm", "\(number) \(i)") }
      try await traffic.wait { $0.fileCount == 20 }
      let settled = traffic.settle()
      #expect(settled.map { $0.key.text } == ["\(number)"] && settled.first?.files.count == 20)
      try folder.remove("study/\(number)")
      try await traffic.wait { $0.fileCount == 0 }
    }
    grown = residentBytes() - warm
    #expect(try openDescriptors() <= descriptors)
    print("\(series) series came and went: memory grew by \(grown / 1024) KiB, \(try kernelWatches()) watches left")
    // The inbox, the folder "study", and the bell that wakes the watcher.
    #expect(try kernelWatches() == 3)
    await watcher.stop()
    await following.value
  }

  private func residentBytes() -> Int {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
    return (pages.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  /// Watches that this process has in the kernel.
  private func kernelWatches() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo").reduce(0) { sum, name in
      let text = (try? String(contentsOfFile: "/proc/self/fdinfo/\(name)", encoding: .utf8)) ?? ""
      return sum + text.split(separator: "\n").count { $0.hasPrefix("inotify wd:") }
    }
  }
}

/// The agent's part: classifies a file by the folder it lies in, with a clock that the test moves.
private final class Traffic: Sendable {
  private struct State {
    var settling = Settling(times: .init(settle: .seconds(60)))
    var now = Duration.zero
  }

  private let state = Mutex(State())
  private let inbox: Inbox

  init(inbox: Inbox) { self.inbox = inbox }

  func take(_ event: FileEvent) {
    state.withLock { state in
      switch event {
      case .changed(let path, let change):
        try? state.settling.refresh(path, closed: change == .closed, at: state.now)
      case .gone(let path): try? state.settling.refresh(path, at: state.now)
      case .folderGone(let path): state.settling.forgetFolder(path, at: state.now)
      case .rescanNeeded:
        if let listing = try? Rescan.list(inbox) { state.settling.reconcile(listing, of: inbox, at: state.now) }
      default: break
      }
    }
  }

  /// A minute and more passes.
  func settle() -> [SettledGroup] {
    state.withLock { state in
      state.now += .seconds(2)
      for stamp in state.settling.readyToClassify(at: state.now) {
        let folder = stamp.path.split(separator: "/").dropLast().last.map { String($0) } ?? ""
        state.settling.classify(stamp, as: GroupKey(folder), at: state.now)
      }
      state.now += .seconds(60)
      state.settling.confirm(at: state.now)
      return state.settling.settled(at: state.now)
    }
  }

  func wait(until condition: (Settling) -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !state.withLock({ condition($0.settling) }) {
      guard ContinuousClock.now < deadline else { throw NotInTime(events: []) }
      try await Task.sleep(for: .milliseconds(1))
    }
  }
}
