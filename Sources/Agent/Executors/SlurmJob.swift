internal import Foundation

/// A job as Slurm's controller knows it.
package struct SlurmJob: Sendable, Hashable {
  /// Its number; of an array's task `number_task`.
  let id: String
  /// What `vigil` calls the work.
  let name: String
  /// Slurm's word, for instance `PENDING`.
  let state: String
  /// Slurm's word for why it is so, for instance `Resources`.
  let reason: String
  /// Seconds that it has run.
  let seconds: Int
  /// The node, or empty.
  let node: String
  /// The path of its script.
  let script: String

  /// What `squeue --format` is asked for; `|` stands in none of the fields but the last.
  static let format = "%i|%j|%T|%r|%M|%N|%o"

  /// A line of `squeue`; nil where it is none.
  package init?(_ line: Substring) {
    let parts = line.split(separator: "|", maxSplits: 6, omittingEmptySubsequences: false).map { String($0) }
    guard parts.count == 7, parts[1].hasPrefix(SlurmExecutor.prefix) else { return nil }
    (id, name, state, reason, node, script) = (parts[0], parts[1], parts[2], parts[3], parts[5], parts[6])
    seconds = Self.seconds(parts[4])
  }

  /// The same job as that of another work.
  init(_ job: SlurmJob, id: String, name: String) {
    (self.id, self.name) = (id, name)
    (state, reason, seconds, node, script) = (job.state, job.reason, job.seconds, job.node, job.script)
  }

  /// The task's number in its array; nil where it is in none.
  var task: Int? {
    let parts = id.split(separator: "_")
    return parts.count == 2 ? Int(parts[1]) : nil
  }

  /// `[days-][[hours:]minutes:]seconds`.
  private static func seconds(_ text: String) -> Int {
    let halves = text.split(separator: "-")
    let days = halves.count == 2 ? Int(halves[0]) ?? 0 : 0
    let clock = (halves.last ?? "").split(separator: ":").reduce(0) { 60 * $0 + (Int($1) ?? 0) }
    return 86400 * days + clock
  }

  private static let lackOfMemory = "the job needed more memory than it was given; set `memory` in the rule's executor"
  /// What slurmstepd writes where it watches over memory itself (`OverMemoryKill`) and kills: the state is then `FAILED`.
  private static let wordsOnMemory = "exceeded memory limit"

  /// What becomes of the scan.
  package enum Fate: Sendable, Hashable {
    /// It waits or runs, in the words of `vigil watch`.
    case under(way: String)
    /// It ended; whether it did its work its bundle says.
    case ended
    /// It ended without doing its work, for a cause that can pass: it is queued again.
    case passing(String)
    /// It ended without doing its work, and would again.
    case final(String)
  }

  /// What Slurm's state means. `exitSignal`: the signal in `ExitCode=status:signal`, 0 where there was none. `said`: the job's output.
  package func fate(exitStatus: Int, exitSignal: Int, said: String = "") -> Fate {
    switch state {
    case "PENDING": .under(way: "waiting for the cluster (\(reason))")
    case "RUNNING": .under(way: "running on \(node) for \(seconds) s")
    case "CONFIGURING", "COMPLETING", "STAGE_OUT", "SUSPENDED", "STOPPED", "SIGNALING", "RESIZING", "REQUEUED",
      "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT":
      .under(way: "\(state.lowercased()) on the cluster")
    case "COMPLETED": .ended
    case "FAILED" where exitSignal == SIGKILL && said.contains(Self.wordsOnMemory): .final(Self.lackOfMemory)
    case "FAILED" where exitSignal != 0: .passing("the job was ended by signal \(exitSignal)")
    case "FAILED" where exitStatus == 1: .ended
    case "FAILED": .final("the job ended with exit status \(exitStatus)")
    case "NODE_FAIL": .passing("the job's node was lost")
    case "BOOT_FAIL": .passing("the job's node did not start")
    case "PREEMPTED": .passing("the job had to make room for another")
    case "TIMEOUT":
      .final("the job took longer than it was given; raise `time` in \(ExecutorSettings.fileName) or the rule")
    case "OUT_OF_MEMORY": .final(Self.lackOfMemory)
    case "CANCELLED" where reason == "DependencyNeverSatisfied": .final("what the job waited for did not end well")
    case "CANCELLED": .final("the job was cancelled by hand")
    case "DEADLINE": .final("the job could not end before its deadline")
    default: .final("the job ended in the state \(state) (\(reason))")
    }
  }
}
