import Foundation
import Synchronization
import Testing

/// What befalls the system calls of a vigil that is started: the words of `Tests/Faults/plan.h`.
struct Faults: Sendable, CustomStringConvertible {
  /// What happens at a call.
  enum Deed: String, CaseIterable, Sendable {
    /// It fails: no space left.
    case full = "enospc"
    /// It fails: input/output error.
    case broken = "eio"
    /// It fails: read-only file system.
    case readOnly = "erofs"
    /// It writes half of what it was given.
    case short
    /// SIGKILL before it.
    case kill
    /// SIGKILL after it.
    case killed
    /// It comes only after a minute.
    case stall
  }

  private var words: [String] = []

  /// The library, beside the program that runs the tests.
  static var library: String { (Vigil.executable as NSString).deletingLastPathComponent + "/libFaults.so" }

  /// `deed` at the `call`-th call (from 1) that changes something below `folder`; `sticky`: and at every one after it.
  static func at(_ call: Int, _ deed: Deed, isSticky: Bool = false, below folder: URL) -> Faults {
    Faults(
      words: ["below=\(folder.resolvingSymlinksInPath().path)", "at=\(call)", "do=\(deed.rawValue)"]
        + (isSticky ? ["sticky"] : []))
  }

  /// The same, with a line in `calls` for every call that counts.
  func listing(_ calls: URL) -> Faults { Faults(words: words + ["calls=\(calls.path)"]) }

  /// What `calls` says.
  static func calls(_ file: URL) throws -> [Call] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      return Call(number: try #require(Int(words[0])), operation: String(words[1]), path: String(words[2]))
    }.sorted { $0.number < $1.number }
  }

  /// One call that changes something in the output tree.
  struct Call: Sendable {
    /// From 1.
    let number: Int
    /// `write`, `sync`, `rename`, `create`, `folder`, `link` or `truncate`.
    let operation: String
    /// In the output tree, with a slash before it; empty for the tree itself.
    let path: String

    /// What it belongs to.
    var place: String {
      if path.hasPrefix("/audit.sqlite") { return "the audit" }
      if path.hasPrefix("/.work.") { return "what was unpacked" }
      return path.dropFirst().contains("/") ? "an output" : "the tree"
    }
  }

  /// Nothing happens to what lies below `folder`.
  static func none(below folder: URL) -> Faults { Faults(words: ["below=\(folder.resolvingSymlinksInPath().path)"]) }

  /// A journal of the calls that change something below `folder`.
  static func journal(_ file: URL, below folder: URL) -> Faults {
    Faults(words: ["below=\(folder.resolvingSymlinksInPath().path)", "journal=\(file.path)"])
  }

  /// A real SIGSEGV when a file whose path ends in `name` is opened for reading for the `time`-th time.
  static func crash(opening name: String, time: Int) -> Faults { Faults(words: ["crash=\(name)", "on=\(time)"]) }

  /// The last byte of a file below `folder` whose path ends in `name` is changed after it was synced for the first time.
  static func spoil(_ name: String, below folder: URL) -> Faults {
    Faults(words: ["below=\(folder.resolvingSymlinksInPath().path)", "spoil=\(name)"])
  }

  /// Files whose names say so cannot be read or asked about at times: an input on a disk that fails now and then.
  static let named = Faults(words: ["named"])

  /// So many inotify watches can be had.
  static func watches(_ count: Int) -> Faults { Faults(words: ["watches=\(count)"]) }

  /// The time of day is so many seconds ahead as the file says at that moment, an Int64.
  static func clock(_ file: URL) -> Faults { Faults(words: ["clock=\(file.path)"]) }

  var description: String { words.joined(separator: ";") }

  var environment: [String: String] { ["LD_PRELOAD": Self.library, "VIGIL_FAULTS": description] }
}

/// How much torture a run of the tests is worth, from the environment, so that `make torture` and a failure's words can say it.
enum Torture {
  /// `VIGIL_TORTURE=200`: so many kills, and every call instead of a sample; 0 in an ordinary run of the tests.
  static let scale = ProcessInfo.processInfo.environment["VIGIL_TORTURE"].flatMap { Int($0) } ?? 0

  /// `VIGIL_TORTURE_SEED`: what everything at random follows from.
  static let seed =
    ProcessInfo.processInfo.environment["VIGIL_TORTURE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)

  /// `VIGIL_TORTURE_JOBS=3`: so many agents at once, each on a workplace of its own.
  static let atOnce = ProcessInfo.processInfo.environment["VIGIL_TORTURE_JOBS"].flatMap { Int($0) } ?? 1

  /// How each fault ended, one line each in the file `VIGIL_TORTURE_DIARY`, so that a run of hours that was cut off goes on where it
  /// was; in memory alone without one.
  final class Diary: Sendable {
    private let file = ProcessInfo.processInfo.environment["VIGIL_TORTURE_DIARY"].flatMap { $0.isEmpty ? nil : $0 }
    private let ends: Mutex<[String: String]>

    init() {
      let text = file.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } ?? ""
      let lines = text.split(separator: "\n").map { $0.components(separatedBy: ": ") }.filter { $0.count == 2 }
      ends = Mutex(Dictionary(lines.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 }))
    }

    func end(of fault: String) -> String? { ends.withLock { $0[fault] } }

    func note(_ fault: String, _ end: String) {
      ends.withLock { ends in
        ends[fault] = end
        guard let file, let stream = fopen(file, "a") else { return }
        fputs("\(fault): \(end)\n", stream)
        fclose(stream)
      }
    }
  }

  /// What a failure says: how to have it again.
  static var again: String { "to repeat: make torture KILLS=\(scale) SEED=\(seed)" }
}
