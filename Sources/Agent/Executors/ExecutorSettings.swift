internal import Foundation
internal import Yams

/// Where scans are computed: `Rules/executor.yaml`; without it, here.
struct ExecutorSettings: Sendable, Hashable {
  /// What a rule may set for its own scans; what is nil it leaves as it is.
  struct Resources: Sendable, Hashable {
    /// Whether the batch engine computes them at all; false: here.
    var isRemote: Bool?
    var partition: String?
    var account: String?
    /// Minutes.
    var time: Int?
    var cpus: Int?
    /// MiB.
    var memory: Int?
    /// Further arguments of `sbatch`.
    var options: [String]?

    static let keys = ["kind", "partition", "account", "time", "cpus", "memory", "options"]

    /// This, with what is not set taken from `other`.
    func over(_ other: Resources) -> Resources {
      Resources(
        isRemote: isRemote ?? other.isRemote, partition: partition ?? other.partition,
        account: account ?? other.account,
        time: time ?? other.time, cpus: cpus ?? other.cpus, memory: memory ?? other.memory,
        options: options ?? other.options)
    }
  }

  static let fileName = "executor.yaml"
  static let keys = Resources.keys + ["shared", "program", "bin", "most-jobs", "training"]

  /// A folder that every node sees under the same path; the agent's own.
  let shared: URL
  /// `vigil` on the nodes.
  let program: String
  /// Folder of Slurm's commands.
  let bin: String
  /// How many scans may be with the engine at once.
  let mostJobs: Int
  /// For every scan.
  let resources: Resources
  /// For the steps of a training: what `training` says, over ``resources``.
  let training: Resources

  /// The settings of a rules folder; nil where scans are computed here (`forTraining`: only where there are none at all). They
  /// decide what is run, as rules do, and are refused where others may change them.
  static func read(_ security: RulesSecurity, forTraining: Bool = false) throws(RuleError) -> ExecutorSettings? {
    let file = security.rules.appending(path: fileName)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    if let objection = security.objection(to: file) { throw objection }
    guard let data = try? Data(contentsOf: file), data.count <= 1 << 16, let text = String(data: data, encoding: .utf8),
      let composed = try? Yams.compose(yaml: text)
    else { throw RuleError(file: file, line: nil, message: "expected YAML of at most 64 KiB") }
    let entries = try Entries(root: composed, file: file, allowed: keys)
    let resources = try Resources(entries)
    guard resources.isRemote != false || forTraining else { return nil }
    let training = try entries["training"].map { node throws(RuleError) in
      try Resources(Entries(root: node, file: file, allowed: Resources.keys.filter { $0 != "kind" }))
    }
    return try ExecutorSettings(entries, resources, training: training?.over(resources) ?? resources)
  }

  private init(_ entries: Entries, _ resources: Resources, training: Resources) throws(RuleError) {
    guard let shared = try entries.text("shared"), shared.hasPrefix("/") else {
      throw entries.error("shared", "expected the absolute path of a folder that every node sees")
    }
    program = try entries.text("program") ?? Self.ownProgram
    guard program.hasPrefix("/"), program.count <= 120, !program.contains(where: { $0.isWhitespace }) else {
      throw entries.error("program", "expected an absolute path of at most 120 characters without blanks")
    }
    bin = try entries.text("bin") ?? "/usr/bin"
    mostJobs = try entries.integer("most-jobs") ?? 20
    guard mostJobs >= 1 else { throw entries.error("most-jobs", "expected at least 1") }
    self.shared = URL(filePath: shared, directoryHint: .isDirectory).standardizedFileURL
    self.resources = resources
    self.training = training
  }

  /// The program that runs now.
  private static var ownProgram: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }
}

extension ExecutorSettings.Resources {
  /// Reads the keys of a rule's `executor`, or of `executor.yaml`.
  init(_ entries: Entries) throws(RuleError) {
    if let kind = try entries.text("kind") {
      guard ["slurm", "local"].contains(kind) else {
        throw entries.error("kind", "expected slurm or local, found \(kind)")
      }
      isRemote = kind == "slurm"
    }
    partition = try Self.name("partition", entries)
    account = try Self.name("account", entries)
    time = try Self.quantity("time", entries, units: ["min": 1, "h": 60, "d": 1440], example: "90min, 2h, 1d")
    memory = try Self.quantity("memory", entries, units: ["M": 1, "G": 1024], example: "800M, 8G")
    cpus = try entries.integer("cpus")
    if let cpus, cpus < 1 { throw entries.error("cpus", "expected at least 1") }
    options = try Self.options(entries)
  }

  private static func name(_ key: String, _ entries: Entries) throws(RuleError) -> String? {
    guard let text = try entries.text(key) else { return nil }
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !text.hasPrefix("-") else {
      throw entries.error(key, "expected a name without blanks")
    }
    return text
  }

  private static func quantity(
    _ key: String, _ entries: Entries, units: [String: Int], example: String
  ) throws(RuleError) -> Int? {
    guard let text = try entries.text(key) else { return nil }
    for (unit, scale) in units where text.hasSuffix(unit) {
      if let number = Int(text.dropLast(unit.count)), (1...1_000_000).contains(number) { return number * scale }
    }
    throw entries.error(key, "expected a whole number with a unit, for instance \(example); found \(text)")
  }

  /// `sbatch` arguments; those that would change what is run are not taken.
  private static func options(_ entries: Entries) throws(RuleError) -> [String]? {
    guard let node = entries["options"] else { return nil }
    let items = node.sequence.map { Array($0) } ?? [node]
    let texts = items.compactMap { $0.string }
    let refused = [
      "--wrap", "--export", "--job-name", "--comment", "--output", "--error", "--array", "--uid", "--requeue",
      "--no-requeue", "--dependency", "--kill-on-invalid-dep", "--signal", "--open-mode",
    ]
    guard texts.count == items.count, texts.allSatisfy({ $0.hasPrefix("--") && !$0.contains("\n") }),
      !texts.contains(where: { text in refused.contains { text == $0 || text.hasPrefix($0 + "=") } })
    else {
      throw entries.error(
        "options",
        "expected sbatch options such as --qos=low; these are Vigil's own: \(refused.joined(separator: ", "))")
    }
    return texts
  }
}
