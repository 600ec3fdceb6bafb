internal import Foundation
internal import Writers

/// What a job on the cluster is to do. It lies in the shared folder (mode 0600), because it names the scan's files; the script that
/// Slurm spools is two lines, the program and the ticket's path, and no shell reads it.
struct Ticket: Codable {
  /// Name of the ticket in its work's folder.
  static let fileName = "ticket.json"

  /// A scan to be computed.
  struct Work: Codable {
    let places: [String]
    /// Which of the series' volumes; nil: the study that the files are.
    let scan: BundleMaker.Scan?
    let rule: String
    let rules: String
    let inbox: String?
    let pathKey: String
    let threads: Int
    let timeLimit: Double?
    let allowsWritableRules: Bool
    /// When the scan's journey began, seconds since 1970; nil in a ticket of an earlier version.
    let startedAt: Double?
  }

  /// A step of a training.
  struct Training: Codable {
    /// For people: the data set's folder and the step.
    let title: String
    /// Arguments of `vigil`; where the step has folds the job adds its own.
    let command: [String]
    /// The folder of the trained configuration, whose folds' logs tell how far they are; nil: the step trains none.
    let model: String?
    let epochs: Int
    /// Folder of Slurm's commands.
    let bin: String
  }

  /// Where the bundle, or the answer, goes.
  let place: String
  /// Neither this nor ``training``: only to answer that the node is there.
  var work: Work?
  var training: Training?

  /// The script that `sbatch` is given: the kernel starts `program job`, which reads the second line.
  static func script(program: String, ticket: URL) -> [UInt8] { Array("#!\(program) job\n\(ticket.path)\n".utf8) }

  /// The ticket that a script names; where that is a list of works, the one of the array's task `task`.
  static func read(script: URL, task: Int? = SlurmArray.task) throws -> Ticket {
    let lines = try String(contentsOf: script, encoding: .utf8).split(separator: "\n")
    guard lines.count == 2, lines[0].hasPrefix("#!"), lines[1].hasPrefix("/") else {
      throw ExecutorError("\(script.path) is no script of Vigil's: expected the program and the path of a ticket")
    }
    var file = URL(filePath: String(lines[1]))
    if file.lastPathComponent == SlurmArray.fileName {
      let works = try SlurmArray.works(file)
      guard let task, works.indices.contains(task) else {
        throw ExecutorError("\(file.path) has \(works.count) works, and none for task \(task.map { "\($0)" } ?? "?")")
      }
      file = SlurmArray.ticket(of: works[task], listedIn: file)
    }
    return try JSONDecoder().decode(Ticket.self, from: Data(contentsOf: file))
  }

  func write(to file: URL) throws {
    try AtomicFile.write(Array(JSONEncoder().encode(self)), to: file)
  }
}
