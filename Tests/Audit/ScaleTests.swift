import Audit
import Digests
import Foundation
import Testing

/// What the record costs; `VIGIL_SCALE=20` makes twenty times as many runs. The times are printed.
struct ScaleTests {
  @Test func manyRunsAreRecordedListedAndVerified() throws {
    let scale = ProcessInfo.processInfo.environment["VIGIL_SCALE"].flatMap { Int($0) } ?? 1
    let fixture = try AuditFixture()
    let runs = 100 * scale
    let files = (0..<200).map {
      FileEntry(
        role: .input, path: "/srv/inbox/study/series/IM\($0).dcm", bytes: 526_000, sha256: SHA256Digest(of: "\($0)"))
    }
    let clock = ContinuousClock()
    let writing = try clock.measure {
      for i in 0..<runs {
        let run = try fixture.audit.beginRun(seriesUID: "1.2.\(i)", software: "v", host: "h")
        for stage in 0..<8 {
          try fixture.audit.recordStage(
            run, stage: "stage\(stage)", startedAt: Date(), seconds: 1, facts: ["shape": [512, 512, 200]])
        }
        try fixture.audit.recordFiles(run, files)
        _ = try fixture.audit.seal(run, .refused, failure: RunFailure(stage: "matched", error: "too few slices"))
      }
    }
    var report = VerificationReport()
    var rows = 0
    let verifying = try clock.measure { report = try fixture.audit.verifyChain() }
    let listing = try clock.measure { rows = try fixture.audit.list().rows.count }
    let opening = try clock.measure { _ = try AuditDatabase.open(outputFolder: fixture.folder) }
    print(
      "\(runs) runs of 200 files: \(writing / runs) to record each, \(listing) to list, \(verifying) to verify, "
        + "\(opening) to open with its check")
    #expect(report.runs == runs && report.differences.isEmpty && rows == min(100, runs))
  }
}
