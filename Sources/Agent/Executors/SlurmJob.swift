/// A job as Slurm's controller knows it.
package struct SlurmJob: Sendable, Hashable {
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

  /// What `squeue --format` is asked for; `|` stands in none of the fields.
  static let format = "%i|%j|%T|%r|%M|%N"

  /// A line of `squeue`; nil where it is none.
  package init?(_ line: Substring) {
    let parts = line.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count == 6, parts[1].hasPrefix(SlurmExecutor.prefix) else { return nil }
    (id, name, state, reason, node) = (parts[0], parts[1], parts[2], parts[3], parts[5])
    seconds = Self.seconds(parts[4])
  }

  /// `[days-][[hours:]minutes:]seconds`.
  private static func seconds(_ text: String) -> Int {
    let halves = text.split(separator: "-")
    let days = halves.count == 2 ? Int(halves[0]) ?? 0 : 0
    let clock = (halves.last ?? "").split(separator: ":").reduce(0) { 60 * $0 + (Int($1) ?? 0) }
    return 86400 * days + clock
  }

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

  /// What Slurm's state means. `exitSignal`: the signal in `ExitCode=status:signal`, 0 where there was none.
  package func fate(exitStatus: Int, exitSignal: Int) -> Fate {
    switch state {
    case "PENDING": .under(way: "waiting for the cluster (\(reason))")
    case "RUNNING": .under(way: "running on \(node) for \(seconds) s")
    case "CONFIGURING", "COMPLETING", "STAGE_OUT", "SUSPENDED", "STOPPED", "SIGNALING", "RESIZING", "REQUEUED",
      "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT":
      .under(way: "\(state.lowercased()) on the cluster")
    case "COMPLETED": .ended
    case "FAILED" where exitSignal != 0: .passing("the job was ended by signal \(exitSignal)")
    case "FAILED" where exitStatus == 1: .ended
    case "FAILED": .final("the job ended with exit status \(exitStatus)")
    case "NODE_FAIL": .passing("the job's node was lost")
    case "BOOT_FAIL": .passing("the job's node did not start")
    case "PREEMPTED": .passing("the job had to make room for another")
    case "TIMEOUT":
      .final("the job took longer than it was given; raise `time` in \(ExecutorSettings.fileName) or the rule")
    case "OUT_OF_MEMORY": .final("the job needed more memory than it was given; set `memory` in the rule's executor")
    case "CANCELLED": .final("the job was cancelled by hand")
    case "DEADLINE": .final("the job could not end before its deadline")
    default: .final("the job ended in the state \(state) (\(reason))")
    }
  }
}
