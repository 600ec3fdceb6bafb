import Audit
import Digests
import Foundation
import Testing

/// An agent that is killed (`SIGKILL`) again and again while it records; `VIGIL_SCALE=20` makes it 200 kills.
/// The killed process is this test program once more, running only `worker`.
struct CrashTests {
  private static let marker = "VIGIL_CRASH_WORKER_FOLDER"
  private static let workFolder = ProcessInfo.processInfo.environment[marker].map { URL(filePath: $0) }
  private static let filesPerRun = 10
  private static let stagesPerRun = 3

  @Test(.enabled(if: workFolder == nil, "this is the process that gets killed"))
  func eachSeriesEndsWithOneSealedRunHoweverOftenTheAgentIsKilled() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-crash-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let kills = 10 * (ProcessInfo.processInfo.environment["VIGIL_SCALE"].flatMap { Int($0) } ?? 1)
    var sealedBefore = 0
    var leftOpen = 0
    for _ in 0..<kills {
      let worker = try start(in: folder)
      try await waitForProgress(in: folder, beyond: sealedBefore)
      try await Task.sleep(for: .microseconds(Int.random(in: 0...20_000)))
      kill(worker.processIdentifier, SIGKILL)
      worker.waitUntilExit()
      let audit = try AuditDatabase.open(outputFolder: folder)
      let open = try audit.openRuns()
      #expect(open.count <= 1)
      leftOpen += open.count
      sealedBefore = try check(audit)
    }
    print("\(kills) kills: \(sealedBefore) runs sealed, \(leftOpen) left open and done again")
    #expect(sealedBefore >= kills)
  }

  /// Every sealed run is whole, each series has one, none is left out, and the chain holds. Returns how many there are.
  private func check(_ audit: AuditDatabase) throws -> Int {
    #expect(try audit.verifyChain().differences.isEmpty)
    let rows = try audit.ask(
      sql: """
        SELECT series_uid, (SELECT count(*) FROM stages WHERE run_id = runs.id),
          (SELECT count(*) FROM files WHERE run_id = runs.id) FROM runs ORDER BY CAST(series_uid AS INTEGER)
        """
    ).rows
    let expected = rows.indices.map { index -> [Answer.Value] in
      [.text("\(index)"), .integer(Int64(Self.stagesPerRun)), .integer(Int64(Self.filesPerRun))]
    }
    #expect(rows == expected)
    return rows.count
  }

  private func start(in folder: URL) throws -> Process {
    let worker = Process()
    worker.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    worker.arguments = ["--testing-library", "swift-testing", "--filter", "CrashTests/worker"]
    worker.environment = ProcessInfo.processInfo.environment.merging([Self.marker: folder.path]) { $1 }
    worker.standardOutput = FileHandle.nullDevice
    worker.standardError = FileHandle.nullDevice
    try worker.run()
    return worker
  }

  private func waitForProgress(in folder: URL, beyond sealed: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      let count = try? AuditDatabase.openForReading(outputFolder: folder).ask(sql: "SELECT count(*) FROM runs").rows
      if let text = count?.first?.first?.text, let number = Int(text), number > sealed { return }
      try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("the worker sealed nothing within a minute")
  }

  /// What an agent does with the database: gives up what a crash left, then takes series after series, for ever.
  @Test(.enabled(if: workFolder != nil, "only as the process that gets killed"))
  func worker() throws {
    let folder = try #require(Self.workFolder)
    let lock = try AgentLock(outputFolder: folder)
    let audit = try AuditDatabase.open(outputFolder: folder)
    for left in try audit.openRuns() { try audit.discard(left.id, reason: "the agent was killed") }
    var series = try audit.list(RunFilter(limit: .max)).rows.count
    while getppid() != 1 {
      let input = SHA256Digest(of: "\(series)")
      let run = try audit.beginRun(seriesUID: "\(series)", software: "v", host: "h")
      for stage in 0..<Self.stagesPerRun {
        try audit.recordStage(run, stage: "\(stage)", startedAt: Date(), seconds: 0, facts: ["n": stage])
      }
      try audit.recordFiles(
        run, (0..<Self.filesPerRun).map { FileEntry(role: .input, path: "\($0)", bytes: 1, sha256: input) })
      _ = try audit.seal(run, .refused, facts: RunFacts(inputSHA256: input))
      series += 1
    }
    _ = lock
  }
}
