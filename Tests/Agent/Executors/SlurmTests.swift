import Foundation
import TestSupport
import Testing

@Suite("Scans on a real Slurm", .serialized)
struct SlurmTests {
  /// A workplace whose scans go to Slurm.
  private func workplace(_ more: String = "", tiny: String = "") throws -> Workplace {
    let place = try Workplace(tiny: tiny)
    try settings(place, more).write(to: place.rules.appending(path: "executor.yaml"))
    return place
  }

  private func settings(_ place: Workplace, _ more: String = "", program: String = Vigil.executable) -> Data {
    let text = """
      kind: slurm
      shared: \(place.folder.file("shared").path)
      program: \(program)
      cpus: 1
      most-jobs: 8
      time: 10min
      \(more)
      """
    return Data(text.utf8)
  }

  /// What the same scans give without Slurm: digests of the segmentations by series.
  private func local(_ place: Workplace) async throws -> [String: String] {
    let (rules, output) = (place.folder.file("rules-local"), place.folder.file("output-local"))
    try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: place.rules.appending(path: "tiny"), to: rules.appending(path: "tiny"))
    let end = try await place.vigil(
      "watch", "--inbox", place.inbox.path, "--rules", rules.path, "--output", output.path, "--settle", "200ms",
      "--until-idle", "--jobs", "1")
    #expect(end.status == 0, "\(end.log)")
    return try segmentations(in: output, place)
  }

  private func segmentations(in output: URL, _ place: Workplace) throws -> [String: String] {
    let sql = """
      SELECT series_uid, sha256 FROM runs JOIN files ON run_id = id
      WHERE outcome = 'segmented' AND role = 'output' AND path LIKE '%/segmentation.nii.gz'
      """
    let rows = try place.ask(sql, in: output)
    return Dictionary(uniqueKeysWithValues: rows.map { ($0["series_uid"] ?? "", $0["sha256"] ?? "") })
  }

  private func drop(_ count: Int, _ place: Workplace) throws {
    for number in 1...count {
      try SyntheticSeries(description: "tiny \(number)", seed: UInt64(number)).write(
        to: place.inbox.appending(path: "scan \(number)"))
    }
  }

  @Test(
    "three scans go through Slurm and are sealed as the same scans are without it; nothing is left in the shared folder",
    .enabled(if: SlurmCluster.isPossible, SlurmCluster.missing))
  func three() async throws {
    let cluster = try SlurmCluster()
    try await cluster.waitUntilReady()
    let place = try workplace(tiny: "outputs: [nifti, dicom-seg, report]")
    try drop(3, place)
    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    try await place.expectWhole(also: ["report.html", "segmentation.dcm"])
    let runs = try place.runs()
    #expect(runs.map { $0["outcome"] } == ["segmented", "segmented", "segmented"], "\(runs)")
    let (here, there) = (try segmentations(in: place.output, place), try await local(place))
    #expect(here == there)
    for run in runs {
      let end = try await place.vigil("audit", "reproduce", run["id"] ?? "", "--output", place.output.path)
      #expect(end.status == 0 && end.output.contains("same segmentation.dcm\n"), "\(end.output) \(end.log)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: place.folder.file("shared").path)
    #expect(left.filter { $0.hasPrefix("vigil-") }.isEmpty, "\(left)")
    let facts = try place.ask("SELECT facts FROM stages WHERE stage = 'written'").compactMap { $0["facts"] }
    #expect(facts.allSatisfy { $0.contains(#""kind":"slurm""#) }, "\(facts)")
    let tasks = Set(facts.compactMap { $0.firstMatch(of: /"job":"([0-9]+_[0-9]+)"/)?.output.1 })
    #expect(tasks.count == 3 && Set(tasks.map { $0.prefix { $0 != "_" } }).count == 1, "one array: \(tasks)")
    let doctor = try await place.vigil(
      "doctor", "--inbox", place.inbox.path, "--rules", place.rules.path, "--output", place.output.path)
    #expect(doctor.output.contains("ok   cluster: a job on"), "\(doctor.output)")
    withExtendedLifetime(cluster) {}
  }

  @Test(
    "a job that takes too long and one that is cancelled end as failures that say so, and are not queued again",
    .enabled(if: SlurmCluster.isPossible, SlurmCluster.missing))
  func cancelled() async throws {
    let cluster = try SlurmCluster()
    try await cluster.waitUntilReady()
    // Held at once, so that it surely waits when it is cancelled.
    let place = try workplace("options: [--hold]")
    try drop(1, place)
    let agent = try place.start(place.watching(settle: "200ms", "--until-idle"))
    #expect(try await agent.waits { try SlurmCluster.ask("squeue", "--noheader", "--format=%j").hasPrefix("vigil-") })
    let listed = try await place.vigil("cluster", "--rules", place.rules.path)
    #expect(listed.output.contains("tiny: series ") && listed.output.contains("waiting for the cluster"), "\(listed)")
    try SlurmCluster.ask("scancel", "--user=root")
    let end = try await agent.ended()
    #expect(end.status == 1, "\(end.log)")
    let runs = try place.runs()
    #expect(runs.count == 1 && runs[0]["error"]?.contains("the job was cancelled by hand") == true, "\(runs)")
    try await place.expectWhole()
    withExtendedLifetime(cluster) {}
  }

  @Test(
    "a job that has to make room for another is queued again; a scan that cannot be queued is refused with Slurm's words",
    .enabled(if: SlurmCluster.isPossible, SlurmCluster.missing))
  func preempted() async throws {
    let cluster = try SlurmCluster()
    try await cluster.waitUntilReady()
    let place = try workplace("memory: 7G")
    try drop(2, place)
    let agent = try place.start(place.watching(settle: "200ms", "--until-idle"))
    #expect(try await agent.waits { try SlurmCluster.jobs().contains { $0.state == "RUNNING" } })
    try SlurmCluster.ask("sbatch", "--partition=urgent", "--mem=7000M", "--output=/dev/null", "--wrap=sleep 1")
    let end = try await agent.ended()
    #expect(end.status == 0, "\(end.log)")
    #expect(try place.runs().map { $0["outcome"] } == ["segmented", "segmented"])
    try await place.expectWhole()
    let states = try SlurmCluster.jobs().map { $0.state }
    #expect(states.contains("PREEMPTED") || states.filter { $0 == "COMPLETED" }.count == 2, "\(states)")

    let wrong = try workplace("partition: nowhere")
    try drop(1, wrong)
    let refused = try await wrong.finish()
    #expect(refused.status == 1, "\(refused.log)")
    let error = try wrong.runs().first?["error"] ?? ""
    #expect(error.contains("sbatch refused the job") && error.contains("invalid partition"), "\(error)")
    let left = try FileManager.default.contentsOfDirectory(atPath: wrong.folder.file("shared").path)
    #expect(left == ["path-key"], "\(left)")
    withExtendedLifetime(cluster) {}
  }

  /// A workplace with one scan whose jobs run these lines of a shell before `vigil`.
  private func workplace(doing lines: String, _ more: String) throws -> Workplace {
    let place = try Workplace()
    let program = try place.folder.write("#!/bin/sh\n\(lines)\nexec \(Vigil.executable) \"$@\"\n".utf8, to: "slow")
    #expect(chmod(program.path, 0o755) == 0)
    try settings(place, more, program: program.path).write(to: place.rules.appending(path: "executor.yaml"))
    try drop(1, place)
    return place
  }

  @Test(
    "too much memory and too long a time end a scan with the reason; a lost node's is queued again",
    .enabled(if: SlurmCluster.isPossible, SlurmCluster.missing),
    .enabled(if: ProcessInfo.processInfo.environment["VIGIL_TEST_CLUSTER"] != nil, "runs in make test-cluster"))
  func ends() async throws {
    let cluster = try SlurmCluster()
    try await cluster.waitUntilReady()
    let large = try workplace(doing: "x=$(head -c 400000000 /dev/zero | tr '\\0' x); sleep 60", "memory: 100M")
    let long = try workplace(doing: "sleep 300", "options: [--time=1]")
    let slow = try long.start(long.watching(settle: "200ms", "--until-idle"))
    let first = try await large.finish()
    #expect(first.status == 1, "\(first.log)")
    let error = try large.runs().first?["error"] ?? ""
    #expect(error.contains("the job needed more memory than it was given"), "\(error)")
    let second = try await slow.ended()
    #expect(second.status == 1, "\(second.log)")
    let reason = try long.runs().first?["error"] ?? ""
    #expect(reason.contains("the job took longer than it was given"), "\(reason)")

    let lost = try workplace(doing: "[ -e \"$0.again\" ] || { touch \"$0.again\"; sleep 300; }", "memory: 1G")
    let agent = try lost.start(lost.watching(settle: "200ms", "--until-idle"))
    let isRunning = { try SlurmCluster.jobs().contains { $0.state == "RUNNING" } }
    #expect(try await agent.waits(until: isRunning))
    cluster.killNode()
    #expect(try await agent.waits { try SlurmCluster.jobs().contains { $0.state == "NODE_FAIL" } })
    try cluster.restartNode()
    let end = try await agent.ended()
    #expect(end.status == 0, "\(end.log)")
    #expect(try lost.runs().map { $0["outcome"] } == ["segmented"])
    try await lost.expectWhole()
    withExtendedLifetime(cluster) {}
  }

  @Test(
    "a study of two series is computed on Slurm as it is here, with what was passed over told",
    .enabled(if: SlurmCluster.isPossible, SlurmCluster.missing))
  func study() async throws {
    let cluster = try SlurmCluster()
    try await cluster.waitUntilReady()
    let place = try Workplace(model: "regions")
    try place.write(rule: "brain", StudyTests.rule + "wait: 1m\n")
    for (name, seed) in [("t1", UInt64(1)), ("flair", 2)] {
      try SyntheticSeries(description: name, seed: seed, study: "2.25.7", frame: "2.25.8").write(
        to: place.inbox.appending(path: name))
    }
    let local = place.folder.file("output-local")
    let here = try await place.vigil(
      "watch", "--inbox", place.inbox.path, "--rules", place.rules.path, "--output", local.path, "--settle", "200ms",
      "--until-idle", "--jobs", "1")
    #expect(here.status == 0, "\(here.log)")
    try settings(place).write(to: place.rules.appending(path: "executor.yaml"))
    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    #expect(try segmentations(in: place.output, place) == segmentations(in: local, place))
    let facts = try place.ask("SELECT facts FROM stages WHERE stage = 'written'").compactMap { $0["facts"] }
    #expect(facts.count == 1 && facts[0].contains(#""kind":"slurm""#), "\(facts)")
    let inputs = "SELECT sha256 FROM files WHERE role = 'input' ORDER BY sha256"
    #expect(try place.ask(inputs) == place.ask(inputs, in: local))
    try await place.expectWhole(also: StudyTests.also)
    withExtendedLifetime(cluster) {}
  }

  @Test(
    "twenty scans, while the agent, a job and slurmd are killed: twenty sealed runs, none twice, bit-identical to local ones",
    .enabled(if: SlurmCluster.isPossible, SlurmCluster.missing),
    .enabled(if: ProcessInfo.processInfo.environment["VIGIL_TEST_CLUSTER"] != nil, "runs in make test-cluster"))
  func twenty() async throws {
    let cluster = try SlurmCluster()
    try await cluster.waitUntilReady()
    let place = try workplace()
    try drop(20, place)
    let first = try place.start(place.watching(settle: "200ms"))
    #expect(try await first.waits { place.runCount >= 3 })
    first.send(SIGKILL)
    _ = try await first.ended()
    let second = try place.start(place.watching(settle: "200ms"))
    #expect(try await second.waits { SlurmCluster.killOneJob() })
    #expect(try await second.waits { place.runCount >= 8 })
    try cluster.restartNode()
    second.send(SIGTERM)
    _ = try await second.ended()
    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    let runs = try place.runs()
    #expect(runs.count == 20 && runs.allSatisfy { $0["outcome"] == "segmented" }, "\(runs.map { $0["error"] ?? "" })")
    #expect(Set(runs.map { $0["series_uid"] }).count == 20)
    let (here, there) = (try segmentations(in: place.output, place), try await local(place))
    #expect(here == there)
    try await place.expectWhole()
    withExtendedLifetime(cluster) {}
  }
}
