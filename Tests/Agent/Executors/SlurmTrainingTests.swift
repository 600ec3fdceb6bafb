import DICOM
import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Training on a real Slurm", .serialized)
struct SlurmTrainingTests {
  /// Ten cases of two labels, so small that a cascade is planned for `memory` GB, and trained in seconds.
  private static let shape = [24, 20, 8]
  private static let memory = "0.0014"

  private func data(_ place: Workplace) throws -> URL {
    let data = place.folder.file("data")
    for name in ["imagesTr", "labelsTr"] {
      try FileManager.default.createDirectory(at: data.appending(path: name), withIntermediateDirectories: true)
    }
    for index in 0..<10 { try write(index, to: data) }
    let description =
      #"{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "bright": 1, "dark": 2}, "numTraining": 10, "file_ending": ".nii.gz"}"#
    try Data(description.utf8).write(to: data.appending(path: "dataset.json"))
    return data
  }

  /// A bright half (1) and a dark slab (2) in noise, 1 x 1 x 3 mm.
  private func write(_ index: Int, to data: URL) throws {
    var random = SplitMix64(seed: UInt64(index) + 17)
    let border = 10 + index % 5
    var (voxels, labels): ([Float], [UInt16]) = ([], [])
    for k in 0..<Self.shape[0] {
      for j in 0..<Self.shape[1] {
        for _ in 0..<Self.shape[2] {
          let label: UInt16 = k >= border ? 1 : (4..<9).contains(j) ? 2 : 0
          labels.append(label)
          voxels.append(Float(100 + [0, 50, -50][Int(label)]) + Float(random.next() % 17))
        }
      }
    }
    let grid = Geometry(
      width: Self.shape[2], height: Self.shape[1], depth: Self.shape[0], origin: .zero, iStep: SIMD3(3, 0, 0),
      jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, 1))
    try NIfTI.write(Volume(geometry: grid, voxels: voxels), to: data.appending(path: "imagesTr/c\(index)_0000.nii.gz"))
    try NIfTI.write(LabelMap(geometry: grid, voxels: labels), to: data.appending(path: "labelsTr/c\(index).nii.gz"))
  }

  /// All folds of all configurations, by local training or on Slurm.
  private func training(_ place: Workplace, _ data: URL, _ results: URL, _ more: String...) -> [String] {
    [
      "train", data.path, "--results", results.path, "--configuration", "all", "--fold", "all", "--epochs", "2",
      "--iterations", "60", "--jobs", "1", "--no-probabilities", "--rules", place.rules.path,
    ] + more
  }

  private func start(_ place: Workplace, _ arguments: [String]) async throws -> Vigil.Ended {
    try await place.start(arguments).ended(within: .seconds(600))
  }

  /// Waits until a condition holds; jobs that were queued again begin at once meanwhile.
  private func wait(_ what: String, until condition: () throws -> Bool) async throws {
    for round in 0..<30_000 {
      if try condition() { return }
      if round % 50 == 49 { try SlurmCluster.hurry() }
      try await Task.sleep(for: .milliseconds(20))
    }
    let jobs = try SlurmCluster.jobs().map { "\($0)" }.joined(separator: "\n")
    throw Vigil.NotRun(description: "not within ten minutes: \(what)\n\(jobs)")
  }

  private func areEnded() throws -> Bool {
    let over = ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED"]
    return try SlurmCluster.jobs().allSatisfy { over.contains($0.state) }
  }

  private func rows(_ end: Vigil.Ended) -> [String: [String]] {
    let lines = end.output.split(separator: "\n").map { $0.split(separator: "\t").map { String($0) } }
    return Dictionary(lines.dropFirst().map { ($0[0], Array($0.dropFirst())) }) { first, _ in first }
  }

  @Test(
    "a cross-validation with a cascade, of which one fold is stopped in an epoch and one fails at first, ends with the weights of the local one, bit for bit, and the selection",
    .enabled(if: SlurmCluster.isPossible, SlurmCluster.missing),
    .enabled(if: ProcessInfo.processInfo.environment["VIGIL_TEST_CLUSTER"] != nil, "runs in make test-cluster"))
  func crossValidation() async throws {
    let cluster = try SlurmCluster()
    try await cluster.waitUntilReady()
    let place = try Workplace()
    let data = try data(place)
    let (here, there) = (place.folder.file("here"), place.folder.file("there"))
    let planned = try await place.vigil(
      "plan", data.path, "--results", here.path, "--memory", Self.memory, "--features", "8", "--batch-size", "2")
    #expect(planned.status == 0, "\(planned.log)")
    try FileManager.default.copyItem(at: here, to: there)
    let local = try await start(place, training(place, data, here))
    #expect(local.status == 0, "\(local.log)")

    let text = """
      kind: local
      shared: \(place.folder.file("shared").path)
      program: \(Vigil.executable)
      training: {cpus: 1, time: 30min, memory: 1500M}
      """
    try Data(text.utf8).write(to: place.rules.appending(path: "executor.yaml"))
    let arguments = training(place, data, there, "--executor", "slurm")
    let dry = try await start(place, arguments + ["--dry-run"])
    #expect(dry.status == 0 && rows(dry).count == 6 && rows(dry)["2d"]?[3] == "-", "\(dry.output) \(dry.log)")
    #expect(try SlurmCluster.jobs().isEmpty)
    // Where fold 3 of 2d is to have its folder lies a file.
    let obstacle = there.appending(path: "VigilTrainer__nnUNetPlans__2d/fold_3")
    try FileManager.default.createDirectory(
      at: obstacle.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: obstacle)

    let queued = try await start(place, arguments)
    #expect(queued.status == 0, "\(queued.log)")
    let rows = rows(queued)
    #expect(Set(rows.keys) == ["prepare", "2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres", "select"])
    #expect(rows["3d_cascade_fullres"]?[2] == "prepare,3d_lowres", "\(rows)")
    let again = try await start(place, arguments)
    #expect(again.status == 0 && again.log.contains("nothing was queued"), "\(again.output) \(again.log)")
    let other = try await start(place, arguments + ["--seed", "7"])
    #expect(other.status == 1 && other.log.contains("with other settings"), "\(other.log)")

    let model = there.appending(path: "VigilTrainer__nnUNetPlans__3d_fullres")
    var stopped = ""
    try await wait("a fold in its second epoch") {
      for fold in 0..<5 {
        let log = try? String(contentsOf: model.appending(path: "fold_\(fold)/log.jsonl"), encoding: .utf8)
        guard log?.split(separator: "\n").count == 1 else { continue }
        let jobs = try SlurmCluster.jobs().filter { $0.name.hasSuffix("-3d_fullres") }
        stopped = jobs.first { $0.id.hasSuffix("_\(fold)") }?.id ?? ""
        return true
      }
      return false
    }
    try SlurmCluster.ask("scancel", "--signal=TERM", "--batch", stopped)
    let listed = try await place.vigil("cluster", "--rules", place.rules.path)
    #expect(listed.output.contains("training of data, "), "\(listed.output) \(listed.log)")
    try await wait("the end of all jobs") { try areEnded() }
    let output = there.appending(path: "cluster/3d_fullres/fold_\(stopped.suffix(1)).txt")
    let said = try String(contentsOf: output, encoding: .utf8)
    #expect(said.contains("stopped in epoch 2; --resume goes on from the checkpoint of epoch 1"), "\(said)")
    #expect(said.contains("is queued again and goes on from its checkpoint"), "\(said)")

    // The fold that failed took the selection with it, is told of, and alone is queued again.
    let ends = try SlurmCluster.jobs()
    #expect(ends.filter { $0.state == "FAILED" }.map { $0.id.suffix(2) } == ["_3"], "\(ends)")
    #expect(ends.contains { $0.name.hasSuffix("-select") && $0.reason == "DependencyNeverSatisfied" }, "\(ends)")
    let failed = try await place.vigil("cluster", "--rules", place.rules.path)
    #expect(failed.output.contains("2d: fold 3: the job ended with exit status 1"), "\(failed.output)")
    #expect(failed.output.contains("what the job waited for did not end well"), "\(failed.output)")
    try FileManager.default.removeItem(at: obstacle)
    let second = try await start(place, arguments)
    #expect(second.status == 0 && second.log.contains("queued again: 2d, fold 3 [job "), "\(second.log)")
    #expect(self.rows(second)["2d"]?.prefix(2) == ["3", "0,1,2,4"], "\(second.output)")
    #expect(Set(self.rows(second).keys) == ["prepare", "2d", "select"], "\(second.output)")
    try await wait("the end of the second try") { try areEnded() }

    for configuration in ["2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres"] {
      for fold in 0..<5 {
        let name = "VigilTrainer__nnUNetPlans__\(configuration)/fold_\(fold)/checkpoint_final.safetensors"
        let weights = try Data(contentsOf: there.appending(path: name))
        #expect(try weights == Data(contentsOf: here.appending(path: name)), "\(name)")
      }
    }
    let table = "cross_validation.json"
    #expect(try Data(contentsOf: there.appending(path: table)) == Data(contentsOf: here.appending(path: table)))
    let last = try await start(place, arguments)
    #expect(last.status == 0 && last.log.contains("nothing is left to be done"), "\(last.output) \(last.log)")
    withExtendedLifetime(cluster) {}
  }
}
