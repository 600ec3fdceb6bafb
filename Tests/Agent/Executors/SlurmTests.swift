import Foundation
import TestSupport
import Testing

@Suite("Scans on a real Slurm", .serialized)
struct SlurmTests {
  /// A workplace whose scans go to Slurm.
  private func workplace(_ more: String = "") throws -> Workplace {
    let place = try Workplace()
    let text = """
      kind: slurm
      shared: \(place.folder.file("shared").path)
      program: \(Vigil.executable)
      cpus: 1
      most-jobs: 8
      time: 10min
      \(more)
      """
    try Data(text.utf8).write(to: place.rules.appending(path: "executor.yaml"))
    return place
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
    let place = try workplace()
    try drop(3, place)
    let end = try await place.finish()
    #expect(end.status == 0, "\(end.log)")
    try await place.expectWhole()
    let runs = try place.runs()
    #expect(runs.map { $0["outcome"] } == ["segmented", "segmented", "segmented"], "\(runs)")
    let (here, there) = (try segmentations(in: place.output, place), try await local(place))
    #expect(here == there)
    let left = try FileManager.default.contentsOfDirectory(atPath: place.folder.file("shared").path)
    #expect(left.filter { $0.hasPrefix("vigil-") }.isEmpty, "\(left)")
    let facts = try place.ask("SELECT facts FROM stages WHERE stage = 'written'").compactMap { $0["facts"] }
    #expect(facts.allSatisfy { $0.contains(#""kind":"slurm""#) }, "\(facts)")
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
