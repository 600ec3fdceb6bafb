import Foundation
import Synchronization
import Testing

/// One run of the built `vigil`, which lies beside the test bundle: a process of its own, so that it can be killed.
///
/// Its streams go to files, so that a log can be read while it is being written.
final class Vigil: Sendable {
  /// How a process ended.
  struct Ended: Sendable {
    /// The exit status; nil when a signal ended it.
    let status: Int32?
    /// The signal that ended it.
    let signal: Int32?
    /// Standard output.
    let output: String
    /// Standard error.
    let log: String
  }

  /// What a process is given to end by itself; far more than it needs, because the machine may be busy with other things, and a run of
  /// hours at the lowest priority is not to end over that.
  static let patience = Duration.seconds(Torture.scale > 0 ? 3600 : 180)

  /// The executable, beside the program that runs the tests.
  static var executable: String {
    var path = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &path, path.count - 1)
    let own = String(decoding: path.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (own as NSString).deletingLastPathComponent + "/vigil"
  }

  let process: pid_t
  private let files: (output: String, log: String)
  private let state = Mutex<Int32?>(nil)

  /// Starts `vigil` with these arguments; its streams go to fresh files in `folder`. `faults`: what befalls its system calls.
  /// `addressSpace`: the most bytes that it may map. `user`: as whom it runs, if not as the tests.
  init(
    _ arguments: [String], streams folder: URL, faults: Faults? = nil, addressSpace: Int? = nil, user: uid_t? = nil
  ) throws {
    let name = folder.appending(path: UUID().uuidString).path
    files = ("\(name).out", "\(name).log")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, files.output, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, files.log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let limiter = addressSpace.map { ["/usr/bin/prlimit", "--as=\($0)", "--core=0"] } ?? []
    let command = (user.map { Self.prefix(for: $0) } ?? []) + limiter + [Self.executable] + arguments
    var words = command.map { strdup($0) } + [nil]
    let variables = ProcessInfo.processInfo.environment.merging(faults?.environment ?? [:]) { $1 }
    var environment = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + environment { free(word) } }
    var identifier: pid_t = 0
    let code = posix_spawn(&identifier, command[0], &actions, nil, &words, &environment)
    guard code == 0 else {
      throw NotRun(description: "\(Self.executable) does not start: \(String(cString: strerror(code)))")
    }
    process = identifier
  }

  /// What makes a command run as that user, without any of root's rights.
  static func prefix(for user: uid_t) -> [String] {
    ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--"]
  }

  deinit {
    guard state.withLock({ $0 }) == nil else { return }
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  /// Starts `vigil` and waits for its end.
  static func run(_ arguments: [String], streams folder: URL, faults: Faults? = nil) async throws -> Ended {
    try await Vigil(arguments, streams: folder, faults: faults).ended()
  }

  /// What it has written to standard error so far.
  var log: String { (try? String(contentsOfFile: files.log, encoding: .utf8)) ?? "" }

  /// Sends a signal, unless it has ended.
  func send(_ signal: Int32) { if !hasEnded { kill(process, signal) } }

  /// Whether it has ended; reaps it.
  var hasEnded: Bool {
    state.withLock { state in
      var status: Int32 = 0
      if state == nil, waitpid(process, &status, WNOHANG) == process { state = status }
      return state != nil
    }
  }

  /// Waits for its end; one that takes longer than `patience` is killed, and an error.
  func ended(within patience: Duration = Vigil.patience) async throws -> Ended {
    let deadline = ContinuousClock.now + patience
    while !hasEnded {
      guard ContinuousClock.now < deadline else {
        throw NotRun(description: "vigil has not ended within \(patience); its log ends\n\(log.suffix(2000))")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    let status = state.withLock { $0 } ?? 0
    let signal = status & 0x7f
    return Ended(
      status: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal,
      output: (try? String(contentsOfFile: files.output, encoding: .utf8)) ?? "", log: log)
  }

  /// Waits until `condition` holds, as long as it runs; false when it has ended before.
  func waits(until condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + Self.patience
    while !hasEnded {
      if try condition() { return true }
      guard ContinuousClock.now < deadline else {
        throw NotRun(description: "not within \(Self.patience); the log ends\n\(log.suffix(2000))")
      }
      try await Task.sleep(for: .milliseconds(1))
    }
    return false
  }

  /// It could not be started, or did not end.
  struct NotRun: Error, CustomStringConvertible {
    let description: String
  }
}

extension Vigil {
  /// Runs another program to its end; its exit status.
  static func run(program: String, _ arguments: [String]) async throws -> Int32 {
    try await withCheckedThrowingContinuation { continuation in
      let process = Process()
      process.executableURL = URL(filePath: program)
      process.arguments = arguments
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
  }
}
