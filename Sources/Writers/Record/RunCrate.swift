import Foundation

/// A run as a Process Run Crate, so that others can read where a segmentation came from without knowing this program.
///
/// Source: RO-Crate 1.1 (<https://w3id.org/ro/crate/1.1>) and Process Run Crate 0.5 (<https://w3id.org/ro/wfrun/process/0.5>). Inputs, rule and
/// model are named by their digests: they are not in the folder, and an input's path may carry a patient's name.
public struct RunCrate: Sendable, Equatable {
  /// Name of the file in an output folder.
  public static let fileName = "ro-crate-metadata.json"

  /// A file that the run read or made.
  public struct File: Sendable, Equatable {
    /// Its name in the folder, or what the record calls an input.
    public let name: String
    /// Its size; nil for a file that may be made again.
    public let bytes: Int64?
    /// The digest of its bytes, hexadecimal; nil for a file that may be made again.
    public let sha256: String?

    /// A file.
    public init(name: String, bytes: Int64?, sha256: String?) {
      self.name = name
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// The run's id.
  public let run: String
  /// SeriesInstanceUID; empty for files that are no series.
  public let series: String
  /// The rule's name; nil where none took it.
  public let rule: String?
  /// The model's digest; nil where none was used.
  public let model: String?
  /// As the record ends: segmented, unmatched, refused or failed.
  public let outcome: String
  /// What went wrong, without any patient identifier.
  public let error: String?
  /// UTC, ISO 8601.
  public let startedAt: String
  /// The same.
  public let finishedAt: String
  /// The program with its version, such as "vigil 0.3".
  public let software: String
  /// The machine.
  public let host: String
  /// What was read.
  public let inputs: [File]
  /// What lies in the folder.
  public let outputs: [File]

  /// A run.
  public init(
    run: String, series: String, rule: String?, model: String?, outcome: String, error: String?, startedAt: String,
    finishedAt: String, software: String, host: String, inputs: [File], outputs: [File]
  ) {
    self.run = run
    self.series = series
    self.rule = rule
    self.model = model
    self.outcome = outcome
    self.error = error
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.software = software
    self.host = host
    self.inputs = inputs
    self.outputs = outputs
  }

  /// The file's bytes; equal runs give equal bytes.
  public var json: [UInt8] {
    get throws {
      try RecordJSON.bytes(
        of: CrateNode.object([
          "@context": .list([
            .text("https://w3id.org/ro/crate/1.1/context"),
            .object(["sha256": .text("https://w3id.org/ro/terms/workflow-run#sha256")]),
          ]),
          "@graph": .list(frame + action + read + outputs.map { $0.part }),
        ]))
    }
  }

  private static let profile = "https://w3id.org/ro/wfrun/process/0.5"

  private var frame: [CrateNode] {
    let title =
      rule.map { "Segmentation of a DICOM series by the rule \($0)" } ?? "A DICOM series that was not segmented"
    return [
      .object([
        "@id": .text(Self.fileName), "@type": .text("CreativeWork"), "about": .reference("./"),
        "conformsTo": .list([.reference("https://w3id.org/ro/crate/1.1")]),
      ]),
      .object([
        "@id": .text("./"), "@type": .text("Dataset"), "name": .text(title),
        "description": .text("What run \(run) of Vigil made of one series, with everything that decided it."),
        "datePublished": .text(finishedAt), "license": .reference("#rights"),
        "conformsTo": .list([.reference(Self.profile)]), "mentions": .list([.reference("#run")]),
        "hasPart": .list(outputs.map { .reference($0.path) }),
      ]),
      .object([
        "@id": .text(Self.profile), "@type": .text("CreativeWork"), "name": .text("Process Run Crate"),
        "version": .text("0.5"),
      ]),
      .object([
        "@id": .text("#rights"), "@type": .text("CreativeWork"), "name": .text("No licence is granted"),
        "description": .text("Made from a scan of a person: whoever holds the scan decides who may use it."),
      ]),
    ]
  }

  private var action: [CrateNode] {
    let done = outcome == "segmented"
    var run: [String: CrateNode] = [
      "@id": .text("#run"), "@type": .text("CreateAction"), "name": .text("Run \(run)"),
      "description": .text("Ended \(outcome)."), "instrument": .reference("#vigil"), "agent": .reference("#host"),
      "startTime": .text(startedAt), "endTime": .text(finishedAt),
      "actionStatus": .reference("http://schema.org/\(done ? "Completed" : "Failed")ActionStatus"),
      "object": .list(read.compactMap { $0.identity }.filter { !$0.hasPrefix("#input-") }.map { .reference($0) }),
      "result": .list(outputs.map { .reference($0.path) }),
    ]
    if let error { run["error"] = .text(error) }
    let words = software.split(separator: " ", maxSplits: 1).map { String($0) }
    return [
      .object(run),
      .object([
        "@id": .text("#vigil"), "@type": .text("SoftwareApplication"), "name": .text("Vigil"),
        "softwareVersion": .text(words.last ?? software),
        "description": .text("Watches folders for DICOM series and segments them with nnU-Net models."),
      ]),
      .object(["@id": .text("#host"), "@type": .text("Organization"), "name": .text("The agent on \(host)")]),
    ]
  }

  /// What the run was made from: the series with its files, the rule, the model.
  private var read: [CrateNode] {
    let files = inputs.enumerated().map { index, file in file.thing("#input-\(index + 1)") }
    var series: [String: CrateNode] = [
      "@id": .text("#series"), "@type": .text("CreativeWork"), "name": .text("DICOM series"),
      "hasPart": .list(files.compactMap { $0.identity }.map { .reference($0) }),
    ]
    if !self.series.isEmpty { series["identifier"] = .text(self.series) }
    let rule = rule.map { name -> CrateNode in
      .object(["@id": .text("#rule"), "@type": .text("CreativeWork"), "name": .text("Rule \(name)")])
    }
    let model = model.map { digest in
      File(name: "nnU-Net model", bytes: nil, sha256: digest).thing("#model")
    }
    return [.object(series)] + [rule, model].compactMap { $0 } + files
  }
}

/// A node of the graph, or a value in it.
private indirect enum CrateNode: Encodable {
  case text(String)
  case list([CrateNode])
  case object([String: CrateNode])

  static func reference(_ id: String) -> CrateNode { .object(["@id": .text(id)]) }

  var identity: String? {
    guard case .object(let members) = self, case .text(let id)? = members["@id"] else { return nil }
    return id
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }
}

extension RunCrate.File {
  /// Names in output folders are of letters, digits, `-`, `_` and `.` only, so they are paths as they are.
  fileprivate var path: String { name }

  /// A file of the folder.
  fileprivate var part: CrateNode {
    var members = digests
    members["@id"] = .text(path)
    members["@type"] = .text("File")
    members["name"] = .text(name)
    members["encodingFormat"] = .text(Self.format(name))
    return .object(members)
  }

  /// Something that is not in the folder.
  fileprivate func thing(_ id: String) -> CrateNode {
    var members = digests
    members["@id"] = .text(id)
    members["@type"] = .text("CreativeWork")
    members["name"] = .text(name)
    return .object(members)
  }

  private var digests: [String: CrateNode] {
    var members: [String: CrateNode] = [:]
    if let bytes { members["contentSize"] = .text("\(bytes)") }
    if let sha256 { members["sha256"] = .text(sha256) }
    return members
  }

  /// Media types (IANA) of what the formats write.
  private static func format(_ name: String) -> String {
    let known = [
      "nii.gz": "application/gzip", "dcm": "application/dicom", "png": "image/png", "html": "text/html",
      "json": "application/json", "txt": "text/plain",
    ]
    return known.first { name.hasSuffix("." + $0.key) }?.value ?? "application/octet-stream"
  }
}
