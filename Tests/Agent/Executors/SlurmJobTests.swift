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

  /// Lines of `squeue` and exit codes of `scontrol` as Slurm 22.05.8 gave them of jobs that were made to end so on one node.
  @Test(
    "what a real Slurm said of each end is understood",
    arguments: [
      ("5_1|vigil-arr|PENDING|JobHeldUser|0:00||/x", 0, 0, "", "under"),
      ("13|vigil-dep2|PENDING|Dependency|0:00||/x", 0, 0, "", "under"),
      ("8|vigil-pre|PENDING|BeginTime|0:00||/x", 0, 0, "", "under"),
      ("1|vigil-timeout|RUNNING|None|0:03|vm|/x", 0, 0, "", "under"),
      ("8|vigil-pre|COMPLETING|None|0:00|vm|/x", 0, 0, "", "under"),
      ("2|vigil-false|FAILED|NonZeroExitCode|0:00|vm|/x", 69, 0, "", "final: the job ended with exit status 69"),
      ("3|vigil-seg|FAILED|JobLaunchFailure|0:00|vm|/x", 0, 11, "", "passing: the job was ended by signal 11"),
      (
        "4|vigil-oom|FAILED|JobLaunchFailure|0:01|vm|/x", 0, 9,
        "slurmstepd-vm: error: StepId=4.batch exceeded memory limit (637435904 > 104857600), being killed",
        "final: the job needed more memory"
      ),
      ("4|vigil-kill|FAILED|JobLaunchFailure|0:01|vm|/x", 0, 9, "preprocessed in 2 s", "passing: the job was ended by"),
      ("6|vigil-canc|CANCELLED|None|0:02|vm|/x", 0, 9, "", "final: the job was cancelled by hand"),
      ("5_0|vigil-arr|CANCELLED|JobHeldUser|0:00||/x", 0, 0, "", "final: the job was cancelled by hand"),
      ("14|vigil-dep3|CANCELLED|DependencyNeverSatisfied|0:00||/x", 0, 0, "", "final: what the job waited for"),
      ("10|vigil-pre2|PREEMPTED|None|0:02|vm|/x", 0, 9, "", "passing: the job had to make room"),
      ("1|vigil-timeout|TIMEOUT|TimeLimit|1:04|vm|/x", 0, 9, "", "final: the job took longer"),
      ("54|vigil-node|NODE_FAIL|NodeDown|0:27|vm|/x", 0, 0, "", "passing: the job's node was lost"),
    ])
  func real(_ line: String, _ status: Int, _ signal: Int, _ said: String, _ expected: String) throws {
    let job = try #require(SlurmJob(line[...]))
    let found =
      switch job.fate(exitStatus: status, exitSignal: signal, said: said) {
      case .under: "under"
      case .ended: "ended"
      case .passing(let words): "passing: \(words)"
      case .final(let words): "final: \(words)"
      }
    #expect(found.hasPrefix(expected), "\(line): \(found)")
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
      ("shared: /x\ntraining: {cpus: 0}", "cpus: expected at least 1"),
      ("shared: /x\ntraining: {kind: local}", "unknown key kind"),
    ])
  func settings(_ text: String, _ words: String) async throws {
    let place = try Workplace()
    try Data(text.utf8).write(to: place.rules.appending(path: "executor.yaml"))
    let end = try await place.finish()
    #expect(end.status == 69 && end.log.contains(words), "\(end.log)")
  }
}
