import Digests
import Foundation
import GRDB

extension AuditDatabase {
  /// Everything that can be verified: the chain with the records it binds, and the files.
  public func verify(
    places: [String: String] = [:], progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> VerificationReport {
    var report = try verifyChain()
    let files = try verifyFiles(places: places, progress: progress)
    report.files = files.files
    report.gone = files.gone
    report.differences += files.differences
    return report
  }

  /// Digests again every recorded file that is still there. Outputs and models that are missing are differences; inputs, masks
  /// and rules may go, and rules may be edited. Paths that are not absolute are taken below the database's folder; an alias
  /// (``PathAliases``) is looked up in `places`, and counts as gone where it is not among them. Of all runs, what lies among
  /// the outputs and is not on record is a difference too. `progress` gets the number of files done and of all, and may throw to stop.
  public func verifyFiles(
    of run: RunID? = nil, places: [String: String] = [:], progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> VerificationReport {
    let rows = try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT file.run_id, role, path, sha256 FROM file JOIN run ON run.id = file.run_id
          WHERE outcome IS NOT NULL AND (?1 IS NULL OR file.run_id = ?1) ORDER BY file.run_id, file.id
          """, arguments: [run?.text])
    }
    let rewritten = try read { try Self.rewritten(in: $0) }
    var report = VerificationReport()
    var known: [String: FileState] = [:]
    for (done, row) in rows.enumerated() {
      try progress(done, rows.count)
      let role = FileEntry.Role(rawValue: row[1]) ?? .input
      let path: String = row[2]
      let full = PathAliases.isAlias(path) ? places[path] ?? "" : fullPath(path)
      let state = known[full] ?? FileState(full)
      known[full] = state
      let id: String = row[0]
      let expected = rewritten["\(id) \(path)"] ?? row[3]
      note(state, expected: expected, run: RunID(id), role: role, path: path, in: &report)
    }
    if run == nil { report.differences += try strangers() }
    return report
  }

  private func fullPath(_ path: String) -> String {
    path.hasPrefix("/") ? path : file.deletingLastPathComponent().path + "/" + path
  }

  private func note(
    _ state: FileState, expected: String, run: RunID, role: FileEntry.Role, path: String,
    in report: inout VerificationReport
  ) {
    switch state {
    case .digest(let digest):
      report.files += 1
      guard digest != expected else { return }
      // Rules are there to be edited; each run keeps the digest of the one that took it.
      if role == .rule {
        report.gone += 1
      } else {
        report.differences.append(.changedFile(run: run, role: role, path: path))
      }
    case .missing:
      if role == .output || role == .model {
        report.differences.append(.missingFile(run: run, role: role, path: path))
      } else {
        report.gone += 1
      }
    case .unreadable(let reason):
      report.differences.append(.unreadableFile(run: run, role: role, path: path, reason: reason))
    }
  }

  private enum FileState {
    case digest(String)
    case missing
    case unreadable(String)

    init(_ path: String) {
      guard !path.isEmpty else {
        self = .missing
        return
      }
      do {
        self = .digest(try SHA256Digest(ofFile: URL(filePath: path)).description)
      } catch {
        self =
          error.code == ENOENT || error.code == ENOTDIR ? .missing : .unreadable(String(cString: strerror(error.code)))
      }
    }
  }
}
