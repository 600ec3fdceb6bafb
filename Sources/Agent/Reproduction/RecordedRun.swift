internal import Audit
internal import Digests
internal import Foundation

/// What the record says of a segmented run, as far as it takes to make it again.
struct RecordedRun {
  let seriesUID: String
  let rule: String
  let startedAt: Date
  let inputSHA256: String
  let modelSHA256: String
  /// Digests of the outputs, by name.
  let outputs: [String: String]
  /// Digests of the inputs, by alias.
  let inputs: [String: String]
  private let ruleFile: (path: String, sha256: String)

  /// nil where the run is no segmentation.
  init?(_ details: RunDetails) {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let files = details.files.dictionaries
    let digests = { (role: FileEntry.Role) in
      files.filter { $0["role"] == role.rawValue }.map { ($0["path"] ?? "", $0["sha256"] ?? "") }
    }
    guard let run = details.run.dictionaries.first, run["outcome"] == RunOutcome.segmented.rawValue,
      let started = try? format.parse(run["started_at"] ?? ""), let rule = digests(.rule).first
    else { return nil }
    (seriesUID, self.rule) = (run["series_uid"] ?? "", run["rule"] ?? "")
    (inputSHA256, modelSHA256) = (run["input_sha256"] ?? "", run["model_sha256"] ?? "")
    startedAt = started
    ruleFile = rule
    inputs = Dictionary(digests(.input), uniquingKeysWith: { first, _ in first })
    outputs = Dictionary(
      digests(.output).map { (($0.0 as NSString).lastPathComponent, $0.1) }, uniquingKeysWith: { first, _ in first })
  }

  /// The folder that held the rule.
  var rulesFolder: URL { URL(filePath: ruleFile.path).deletingLastPathComponent().deletingLastPathComponent() }

  /// Why the rule is not the one that took the scan; empty where it is.
  var ruleProblems: [String] {
    let found = try? SHA256Digest(ofFile: URL(filePath: ruleFile.path))
    if found?.description == ruleFile.sha256 { return [] }
    return ["the rule \(ruleFile.path) \(found == nil ? "is gone" : "was edited since")"]
  }
}
