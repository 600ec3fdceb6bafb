import Audit
import Foundation
import GRDB
import TestSupport
import Testing

/// An inbox, rules with a small model, and an output tree, in a folder that goes when the test ends.
///
/// The model is the parity case `odd`: three stages, 4 to 16 features, random weights, labels first, second and third, so a
/// scan of 16 slices takes a fraction of a second.
struct Workplace: Sendable {
  let folder: TemporaryFolder
  let inbox: URL
  let rules: URL
  let output: URL
  /// Beside the inbox, on the same file system: where things are made before they are dropped.
  let staging: URL

  /// A workplace whose rule `tiny` takes every scan with `tiny` in its SeriesDescription; it averages over no mirrors.
  init(tiny more: String = "") throws {
    try self.init(model: "odd")
    try write(rule: "tiny", "match: {SeriesDescription: /tiny/}\nmirroring: false\n\(more)\n")
  }

  /// A workplace without a rule, with the model of that parity case.
  init(model: String) throws {
    umask(0o022)  // rules and models that a group may write are refused
    folder = try TemporaryFolder()
    (inbox, rules) = (folder.file("inbox"), folder.file("rules"))
    (output, staging) = (folder.file("output"), folder.file("staging"))
    for place in [inbox, rules, staging] {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(
      at: SharedFolder.repository.appending(path: "Tests/Models/Golden/\(model)/model"), to: folder.file("model"))
    try ownModel()
  }

  /// Takes the right to write from all but the owner: a checkout may have been made with another umask.
  private func ownModel() throws {
    let below = try FileManager.default.subpathsOfDirectory(atPath: model.path).map { model.appending(path: $0).path }
    for path in [model.path] + below {
      var status = stat()
      if stat(path, &status) == 0 { chmod(path, status.st_mode & 0o7755) }
    }
  }

  /// The model's folder, which the rules name.
  var model: URL { folder.file("model") }

  /// Writes `rules/<name>/rule.yaml`; the model is added.
  func write(rule name: String, _ text: String) throws {
    // As editors save: an agent that reads a half-written rule would rightly tell of that, too.
    let place = rules.appending(path: "\(name)/rule.yaml")
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("model: ../../model\n\(text)".utf8).write(to: place, options: .atomic)
  }

  /// The arguments of `vigil watch` on this workplace.
  func watching(settle: String, _ more: String...) -> [String] {
    [
      "watch", "--inbox", inbox.path, "--rules", rules.path, "--output", output.path, "--settle", settle, "--jobs", "1",
    ] + more
  }

  /// Watches until nothing is left to do.
  @discardableResult
  func finish(_ faults: Faults? = nil) async throws -> Vigil.Ended {
    try await Vigil.run(watching(settle: "300ms", "--until-idle"), streams: folder.url, faults: faults)
  }

  /// Starts to watch.
  func start(_ arguments: [String], _ faults: Faults? = nil) throws -> Vigil {
    try Vigil(arguments, streams: folder.url, faults: faults)
  }

  /// Any other command.
  func vigil(_ arguments: String...) async throws -> Vigil.Ended {
    try await Vigil.run(arguments, streams: folder.url)
  }

  /// Rows of an answer, by column; also while the agent is writing.
  func ask(_ sql: String, in other: URL? = nil) throws -> [[String: String]] {
    let answer = try AuditDatabase.openForReading(outputFolder: other ?? output).ask(sql: sql)
    return answer.rows.map { row in
      Dictionary(uniqueKeysWithValues: zip(answer.columns, row.map { $0.text }))
    }
  }

  /// All sealed runs, oldest first.
  func runs() throws -> [[String: String]] { try ask("SELECT * FROM runs ORDER BY started_at") }

  /// Number of sealed runs; 0 before there is a database.
  var runCount: Int { (try? runs().count) ?? 0 }

  /// Whether this agent holds the output tree.
  func isHeld(by agent: Vigil) -> Bool {
    let lock = try? String(contentsOf: output.appending(path: ".agent.lock"), encoding: .utf8)
    return lock?.hasPrefix("process \(agent.process) ") == true
  }
}

extension Workplace {
  /// Takes the last events off the chain, down to the last of a kind, as if the agent had been killed after it.
  func forgetEvents(after kind: String) throws {
    let script = """
      DROP TRIGGER event_no_delete;
      DELETE FROM event WHERE id > (SELECT max(id) FROM event WHERE kind = '\(kind)');
      CREATE TRIGGER event_no_delete BEFORE DELETE ON event
      BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;
      """
    let queue = try DatabaseQueue(path: output.appending(path: AuditDatabase.fileName).path)
    try queue.writeWithoutTransaction { try $0.execute(sql: script) }
    try queue.close()
  }
}
