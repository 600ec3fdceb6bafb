import Agent
import Foundation
import TestSupport
import Testing

@Suite("What Slurm's words mean")
struct SlurmJobTests {
  private func fate(_ state: String, status: Int = 0, signal: Int = 0) throws -> SlurmJob.Fate {
    let job = try #require(SlurmJob("12|vigil-0a1b|\(state)|Resources|1-02:03:04|node1|/x/script"))
    return job.fate(exitStatus: status, exitSignal: signal)
  }

  @Test("waiting and running jobs are under way, with Slurm's reason, the node and the time")
  func underWay() throws {
    #expect(try fate("PENDING") == .under(way: "waiting for the cluster (Resources)"))
    #expect(try fate("RUNNING") == .under(way: "running on node1 for 93784 s"))
    for state in ["CONFIGURING", "COMPLETING", "SUSPENDED", "REQUEUED"] {
      guard case .under = try fate(state) else {
        Issue.record("\(state) is under way")
        continue
      }
    }
  }

  @Test("only what can pass is queued again")
  func ends() throws {
    for (state, signal) in [("NODE_FAIL", 0), ("BOOT_FAIL", 0), ("PREEMPTED", 0), ("FAILED", 9)] {
      guard case .passing = try fate(state, signal: signal) else {
        Issue.record("\(state) can pass")
        continue
      }
    }
    for state in ["TIMEOUT", "OUT_OF_MEMORY", "CANCELLED", "DEADLINE", "NEW_IN_A_LATER_SLURM"] {
      guard case .final = try fate(state) else {
        Issue.record("\(state) is final")
        continue
      }
    }
    #expect(try fate("COMPLETED") == .ended)
    #expect(try fate("FAILED", status: 1) == .ended, "a scan that failed or was refused: its bundle says so")
    #expect(try fate("FAILED", status: 69) == .final("the job ended with exit status 69"))
  }

  @Test("lines of other people's jobs, and broken ones, are none of ours")
  func strangers() {
    #expect(SlurmJob("12|analysis|RUNNING|None|0:01|node1|/x") == nil)
    #expect(SlurmJob("12|vigil-0a1b|RUNNING|None|0:01") == nil)
    #expect(SlurmJob("") == nil)
  }

  @Test(
    "settings that are wrong stop the agent with file, line and what would be right",
    arguments: [
      ("kind: pbs\nshared: /x", "executor.yaml:1: kind: expected slurm or local, found pbs"),
      ("kind: slurm", "shared: expected the absolute path"),
      ("shared: /x\ntime: 2 hours", "executor.yaml:2: time: expected a whole number with a unit"),
      ("shared: /x\nmemory: 3", "memory: expected a whole number with a unit"),
      ("shared: /x\noptions: [--wrap=sh]", "options: expected sbatch options"),
      ("shared: /x\npartition: --uid=0", "partition: expected a name without blanks"),
      ("shared: /x\nqueue: a", "unknown key queue"),
    ])
  func settings(_ text: String, _ words: String) async throws {
    let place = try Workplace()
    try Data(text.utf8).write(to: place.rules.appending(path: "executor.yaml"))
    let end = try await place.finish()
    #expect(end.status == 69 && end.log.contains(words), "\(end.log)")
  }
}
