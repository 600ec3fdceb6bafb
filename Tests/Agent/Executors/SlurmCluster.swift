import Foundation
import TestSupport
import Testing

/// A real Slurm of one node on the loopback interface, with everything of it in a folder that goes with it: munged, slurmctld, slurmd.
final class SlurmCluster {
  static let programs = ["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch"]
  /// Whether it can be started here.
  static var isPossible: Bool { geteuid() == 0 && programs.allSatisfy { access($0, X_OK) == 0 } }
  static let missing: Comment = "needs root and Debian's slurm-wlm and munge (make test-cluster installs them)"

  private let folder: TemporaryFolder
  private var daemons: [String: pid_t] = [:]

  init() throws {
    folder = try TemporaryFolder()
    // slurmd reads the script that it spooled as the job's user; the way there must be open.
    #expect(chmod(folder.url.path, 0o755) == 0)
    for name in ["state", "spool"] {
      try FileManager.default.createDirectory(at: folder.file(name), withIntermediateDirectories: true)
    }
    let key = try folder.write((0..<1024).map { _ in UInt8.random(in: 0...255) }, to: "munge.key")
    #expect(chmod(key.path, 0o400) == 0)
    try folder.write(Self.settings(folder.url.path).utf8, to: "slurm.conf")
    setenv("SLURM_CONF", folder.file("slurm.conf").path, 1)
    let path = folder.url.path
    try start(
      "/usr/sbin/munged", "--foreground", "--force", "--key-file=\(path)/munge.key", "--socket=\(path)/munge.sock",
      "--pid-file=\(path)/munge.pid", "--log-file=\(path)/munge.log", "--seed-file=\(path)/munge.seed")
    try start("/usr/sbin/slurmctld", "-D")
    try start("/usr/sbin/slurmd", "-D")
  }

  deinit { for process in daemons.values { Self.end(process) } }

  private static func settings(_ path: String) -> String {
    let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map { String($0) } ?? "localhost"
    let port = 20_000 + Int(getpid()) % 10_000
    return """
      ClusterName=vigil
      SlurmctldHost=\(host)(127.0.0.1)
      SlurmUser=root
      SlurmdUser=root
      AuthType=auth/munge
      AuthInfo=socket=\(path)/munge.sock
      SlurmctldPort=\(port)
      SlurmdPort=\(port + 1)
      StateSaveLocation=\(path)/state
      SlurmdSpoolDir=\(path)/spool
      SlurmctldPidFile=\(path)/slurmctld.pid
      SlurmdPidFile=\(path)/slurmd.pid
      SlurmctldLogFile=\(path)/slurmctld.log
      SlurmdLogFile=\(path)/slurmd.log
      ProctrackType=proctrack/linuxproc
      TaskPlugin=task/none
      JobAcctGatherType=jobacct_gather/linux
      JobAcctGatherFrequency=1
      JobAcctGatherParams=OverMemoryKill
      SlurmdTimeout=30
      AccountingStorageType=accounting_storage/none
      SelectType=select/cons_tres
      SelectTypeParameters=CR_CPU_Memory
      SlurmdParameters=config_overrides
      ReturnToService=2
      MpiDefault=none
      SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
      KillWait=10
      PreemptType=preempt/partition_prio
      PreemptMode=REQUEUE
      NodeName=\(host) NodeAddr=127.0.0.1 CPUs=4 RealMemory=8000 State=UNKNOWN
      PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
      PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10

      """
  }

  private func start(_ program: String, _ arguments: String...) throws {
    daemons[program] = try Self.spawn(program, arguments, output: "/dev/null")
  }

  private static func end(_ process: pid_t) {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  private static func spawn(_ program: String, _ arguments: [String], output: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, program, &actions, nil, &words, environ)
    guard code == 0 else {
      throw Vigil.NotRun(description: "\(program) does not start: \(String(cString: strerror(code)))")
    }
    return process
  }

  /// One of Slurm's commands, to its end: what it printed.
  @discardableResult
  static func ask(_ command: String, _ arguments: String...) throws -> String {
    let output = FileManager.default.temporaryDirectory.appending(path: "vigil-slurm-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    let process = try spawn("/usr/bin/\(command)", arguments, output: output.path)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return try String(contentsOf: output, encoding: .utf8)
  }

  /// Waits until the node takes jobs.
  func waitUntilReady() async throws {
    for _ in 0..<600 {
      if try Self.ask("sinfo", "--noheader", "--format=%T").hasPrefix("idle") { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw Vigil.NotRun(
      description:
        "Slurm does not come up: \((try? String(contentsOf: folder.file("slurmctld.log"), encoding: .utf8))?.suffix(800) ?? "")"
    )
  }

  /// Kills slurmd; after half a minute Slurm takes the node for lost.
  func killNode() {
    if let process = daemons.removeValue(forKey: "/usr/sbin/slurmd") { Self.end(process) }
  }

  /// Kills slurmd, where it is there, and starts it again.
  func restartNode() throws {
    killNode()
    try start("/usr/sbin/slurmd", "-D")
  }

  /// What `squeue` knows of Vigil's jobs, ended ones too: number (of an array's task with an underscore), name, state, reason.
  static func jobs() throws -> [(id: String, name: String, state: String, reason: String)] {
    let answer = try ask("squeue", "--noheader", "--array", "--states=all", "--format=%i|%j|%T|%r")
    return answer.split(separator: "\n").compactMap {
      let parts = $0.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
      return parts.count == 4 && parts[1].hasPrefix("vigil-") ? (parts[0], parts[1], parts[2], parts[3]) : nil
    }
  }

  /// Lets jobs that were queued again begin at once: Slurm would let them wait for two minutes.
  static func hurry() throws {
    for job in try jobs() where job.state == "PENDING" && job.reason == "BeginTime" {
      try ask("scontrol", "update", "JobId=\(job.id)", "StartTime=now")
    }
  }

  /// Kills the program of one running job; false where none was running.
  static func killOneJob() -> Bool {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let process = pid_t(name), process != getpid(),
        let words = try? Data(contentsOf: URL(filePath: "/proc/\(name)/cmdline")),
        String(decoding: words, as: UTF8.self).contains("vigil\0job\0")
      else { continue }
      return kill(process, SIGKILL) == 0
    }
    return false
  }
}
