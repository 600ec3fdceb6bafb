internal import Foundation

/// Runs another program: the only place of Vigil that starts one, and only a batch engine's commands. The arguments are passed as an
/// array; no shell ever reads them.
struct Subprocess {
  /// How a program ended.
  struct Ended: Sendable {
    /// Its exit status; nil where a signal ended it.
    let status: Int32?
    let output: String
    let error: String

    /// Its own words on what went wrong, on one line.
    var words: String {
      let text = (error.isEmpty ? output : error).split(separator: "\n").joined(separator: "; ")
      return text.isEmpty
        ? "exit status \(status.map { "\($0)" } ?? "none, ended by a signal")" : String(text.prefix(600))
    }
  }

  /// What it may say; what is beyond is read and dropped.
  static let mostOutput = 16 << 20
  /// How long it may take: a controller that is down lets its commands wait for minutes.
  static let patience = 30.0

  /// The program's absolute path.
  let program: String
  let arguments: [String]
  /// Its whole environment.
  let environment: [String: String]

  /// Runs it to its end. Blocks. Throws where it cannot be started or takes too long; it is then killed.
  func run() throws(ExecutorError) -> Ended {
    let output = try ends()
    let error: [Int32]
    let child: pid_t
    do throws(ExecutorError) { error = try ends() } catch {
      for descriptor in output { close(descriptor) }
      throw error
    }
    do throws(ExecutorError) { child = try start(output[1], error[1]) } catch let failure {
      for descriptor in output + error { close(descriptor) }
      throw failure
    }
    close(output[1])
    close(error[1])
    let texts = Self.read([output[0], error[0]], of: child)
    close(output[0])
    close(error[0])
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard let texts else {
      throw ExecutorError("\(program) did not answer within \(Int(Self.patience)) s and was ended")
    }
    return Ended(status: status & 0x7f == 0 ? status >> 8 & 0xff : nil, output: texts[0], error: texts[1])
  }

  private func start(_ output: Int32, _ error: Int32) throws(ExecutorError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, error, 2)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var settings = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + settings { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, program, &actions, nil, &words, &settings)
    guard code == 0 else { throw ExecutorError("\(program) does not start: \(String(cString: strerror(code)))") }
    return child
  }

  /// Reads all descriptors to their ends; nil where that takes too long, and the child is killed.
  private static func read(_ descriptors: [Int32], of child: pid_t) -> [String]? {
    var texts = descriptors.map { _ in [UInt8]() }
    var open = Set(descriptors.indices)
    let end = ContinuousClock.now + .seconds(patience)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while !open.isEmpty {
      guard ContinuousClock.now < end else {
        kill(child, SIGKILL)
        return nil
      }
      let order = open.sorted()
      var polls = order.map { pollfd(fd: descriptors[$0], events: Int16(POLLIN), revents: 0) }
      guard poll(&polls, nfds_t(polls.count), 200) >= 0 || errno == EINTR else { break }
      for (index, state) in zip(order, polls) where state.revents != 0 {
        let count = Foundation.read(descriptors[index], &buffer, buffer.count)
        if count > 0 {
          if texts[index].count < mostOutput { texts[index] += buffer[0..<count] }
        } else if count == 0 || errno != EINTR {
          open.remove(index)
        }
      }
    }
    return texts.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The two ends of a pipe, for reading and for writing, closed in other programs that are started meanwhile.
  private func ends() throws(ExecutorError) -> [Int32] {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw ExecutorError("a pipe for \(program) cannot be had: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return ends
  }
}
