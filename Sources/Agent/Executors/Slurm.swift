internal import Foundation

/// Slurm's commands. Every argument is an element of an array.
struct Slurm: Sendable {
  /// Folder of the commands.
  let bin: String

  /// What a job is given.
  struct Request {
    let name: String
    let script: URL
    /// Where its output goes; Slurm puts the task's number for `%a`.
    let log: URL
    let resources: ExecutorSettings.Resources
    /// MiB; nil: what the partition gives.
    let memory: Int?
    /// The numbers of an array's tasks; empty: it is no array.
    var tasks: [Int] = []
    /// Jobs that must have ended well before it begins; it is taken off the queue when one of them did not.
    var after: [String] = []
    /// Whether Slurm may start it again, as after it had to make room for another job.
    var isResumable = false
    /// Whether it is told before its time is over, to stop at a place from which it can go on.
    var isTold = false

    /// Seconds before the end of its time at which it is told; Slurm may do so a minute earlier.
    var notice: Int { min(300, max(30, 15 * (resources.time ?? 60))) }
  }

  /// Queues a job, or an array of them; its number.
  func submit(_ request: Request) throws(ExecutorError) -> String {
    let resources = request.resources
    var arguments = [
      "--parsable", "--job-name=\(request.name)", "--comment=vigil \(request.name)", "--nodes=1", "--ntasks=1",
      "--cpus-per-task=\(resources.cpus ?? 1)", "--export=ALL", "--output=\(request.log.path)", "--chdir=/",
      "--open-mode=append",
    ]
    arguments.append(request.isResumable ? "--requeue" : "--no-requeue")
    if request.isTold { arguments.append("--signal=B:TERM@\(request.notice)") }
    if let memory = request.memory { arguments.append("--mem=\(memory)M") }
    if !request.tasks.isEmpty { arguments.append("--array=\(Self.ranges(request.tasks))") }
    if !request.after.isEmpty {
      arguments += ["--dependency=afterok:\(request.after.joined(separator: ":"))", "--kill-on-invalid-dep=yes"]
    }
    if let partition = resources.partition { arguments.append("--partition=\(partition)") }
    if let account = resources.account { arguments.append("--account=\(account)") }
    if let time = resources.time { arguments.append("--time=\(time)") }
    arguments += (resources.options ?? []) + [request.script.path]
    let ended = try run("sbatch", arguments)
    // `123` or, with several clusters, `123;name`.
    let number = ended.output.split(whereSeparator: { $0 == "\n" || $0 == ";" }).first.map { String($0) } ?? ""
    guard ended.status == 0, !number.isEmpty, number.allSatisfy({ $0.isNumber }) else {
      throw ExecutorError("sbatch refused the job: \(ended.words)")
    }
    return number
  }

  /// `0-3,7` for 0, 1, 2, 3 and 7.
  static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// All jobs of this user's that carry one of Vigil's names, also those that ended a little while ago; each task of an array is one.
  func jobs() throws(ExecutorError) -> [SlurmJob] {
    let ended = try run(
      "squeue", ["--noheader", "--array", "--states=all", "--user=\(geteuid())", "--format=\(SlurmJob.format)"])
    guard ended.status == 0 else { throw ExecutorError("squeue: \(ended.words)") }
    return ended.output.split(separator: "\n").compactMap { SlurmJob($0) }
  }

  /// `ExitCode` of a job that has ended: status and signal; zeros where the controller does not know it any more.
  func exitCode(of job: String) throws(ExecutorError) -> (status: Int, signal: Int) {
    let ended = try run("scontrol", ["show", "job", job, "--oneliner"])
    guard ended.status == 0, let range = ended.output.range(of: " ExitCode=") else { return (0, 0) }
    let numbers = ended.output[range.upperBound...].prefix { $0 != " " }.split(separator: ":").map { Int($0) ?? 0 }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : (0, 0)
  }

  /// Slurm's word for a job's state; nil where the controller does not know it.
  func state(of job: String) throws(ExecutorError) -> String? {
    let ended = try run("scontrol", ["show", "job", job, "--oneliner"])
    guard ended.status == 0, let range = ended.output.range(of: " JobState=") else { return nil }
    return String(ended.output[range.upperBound...].prefix { $0 != " " })
  }

  /// Asks that a running job is ended and queued again.
  func requeue(_ job: String) throws(ExecutorError) {
    let ended = try run("scontrol", ["requeue", job])
    guard ended.status == 0 else { throw ExecutorError("scontrol requeue: \(ended.words)") }
  }

  /// Whether the controller answers, in its own words.
  func ping() throws(ExecutorError) -> String {
    let ended = try run("scontrol", ["ping"])
    guard ended.status == 0 else { throw ExecutorError("scontrol ping: \(ended.words)") }
    return ended.output.split(separator: "\n").joined(separator: "; ")
  }

  /// Takes a job off the queue.
  func cancel(_ job: String) throws(ExecutorError) { _ = try run("scancel", [job]) }

  private func run(_ command: String, _ arguments: [String]) throws(ExecutorError) -> Subprocess.Ended {
    // The job gets it too: with any other --export Slurm would run a login shell first, to have that one's.
    var environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]
    environment["SLURM_CONF"] = ProcessInfo.processInfo.environment["SLURM_CONF"]
    return try Subprocess(program: "\(bin)/\(command)", arguments: arguments, environment: environment).run()
  }
}
