import Foundation
import Glibc
import Intake
import Testing

/// A tree that several writers change at random and without pause, from a seed. The watcher has to end up knowing exactly what is
/// there, from events alone.
extension WatcherTests {
  @Test(arguments: 1...4 as ClosedRange<UInt64>) func missesNothingInAStorm(seed: UInt64) async throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    let inbox = try folder.inbox
    let follower = try await Follower([inbox])
    await withTaskGroup(of: Void.self) { writers in
      for writer in 0..<3 as Range<UInt64> {
        writers.addTask {
          var storm = Storm(folder: folder, outside: outside, seed: seed * 1000 + writer)
          for _ in 0..<300 * ScaleTests.scale { storm.blow() }
        }
      }
    }
    do {
      try await follower.waitUntilAgrees(with: inbox)
    } catch {
      await follower.stop()
      throw error
    }
    let causes = follower.events.compactMap { event -> FileEvent.RescanCause? in
      if case .rescanNeeded(_, let cause) = event { cause } else { nil }
    }
    // Clearing away the watches of deleted folders is allowed, and comes only with many of them.
    #expect(Set(causes).subtracting([.started, .renewed]).isEmpty && (ScaleTests.scale > 1 || follower.rescans == 0))
    await follower.stop()
  }
}

/// One writer.
private struct Storm {
  let folder: TemporaryFolder
  let outside: TemporaryFolder
  var state: UInt64

  init(folder: TemporaryFolder, outside: TemporaryFolder, seed: UInt64) {
    self.folder = folder
    self.outside = outside
    state = seed
  }

  /// SplitMix64.
  private mutating func random(_ count: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(count))
  }

  /// A path of up to three folders out of few names, so that writers meet.
  private mutating func place() -> String {
    (0..<random(4)).map { _ in "d\(random(3))" }.joined(separator: "/")
  }

  private mutating func file() -> String { place() + "/f\(random(5))" }

  /// One change. What cannot be done (the folder is gone already) is not.
  mutating func blow() {
    switch random(12) {
    case 0...3: writeNew(trimmed(file()), bytes: random(20))
    case 4: try? folder.makeFolder(place() + "/d0/d1")
    case 5: try? folder.move(trimmed(place()), trimmed(place()))
    case 6: try? folder.move(trimmed(file()), trimmed(file()))
    case 7: try? folder.hardLink(trimmed(file()), trimmed(file()))
    case 8: _ = unlink(folder(trimmed(file())))
    case 9: try? folder.remove("d\(random(3))/d\(random(3))")
    case 10: rename(folder("d\(random(3))/d\(random(3))"), outside("o\(random(4))"))
    default: rename(outside("o\(random(4))"), folder("d\(random(3))/d\(random(3))"))
    }
  }

  /// Never into a file that has another name: of that inotify tells only under the name that was opened (a look at each file
  /// before its group settles finds it, and a rescan).
  private func writeNew(_ relative: String, bytes: Int) {
    if let slash = relative.lastIndex(of: "/") { try? folder.makeFolder(String(relative[..<slash])) }
    unlink(folder(relative))
    let handle = open(folder(relative), O_CREAT | O_EXCL | O_WRONLY, 0o600)
    guard handle >= 0 else { return }
    _ = write(handle, [UInt8](repeating: 7, count: bytes), bytes)
    close(handle)
  }

  private func trimmed(_ path: String) -> String { path.hasPrefix("/") ? String(path.dropFirst()) : path }
}
