internal import Foundation

/// Slurm's commands. Every argument is an element of an array.
struct Slurm: Sendable {
  /// Folder of the commands.
  let bin: String

  /// What a job is given.
  struct Request {
    let name: String
    let script: URL
    /// Where its output goes.
    let log: URL
    let resources: ExecutorSettings.Resources
    /// MiB.
    let memory: Int
  }

  /// Queues a job; its number.
  func submit(_ request: Request) throws(ExecutorError) -> String {
    let resources = request.resources
    var arguments = [
      "--parsable", "--job-name=\(request.name)", "--comment=vigil \(request.name)", "--nodes=1", "--ntasks=1",
      "--cpus-per-task=\(resources.cpus ?? 1)", "--mem=\(request.memory)M", "--no-requeue", "--export=ALL",
      "--output=\(request.log.path)", "--chdir=/", "--open-mode=append",
    ]
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

  /// All jobs of this user's that carry one of Vigil's names, also those that ended a little while ago.
  func jobs() throws(ExecutorError) -> [SlurmJob] {
    let ended = try run(
      "squeue", ["--noheader", "--states=all", "--user=\(geteuid())", "--format=\(SlurmJob.format)"])
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
