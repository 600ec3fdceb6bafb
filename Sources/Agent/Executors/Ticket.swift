internal import Foundation
internal import Writers

/// What a job on the cluster is to do. It lies in the shared folder (mode 0600), because it names the scan's files; the script that
/// Slurm spools is two lines, the program and the ticket's path, and no shell reads it.
struct Ticket: Codable {
  /// Name of the ticket in its work's folder.
  static let fileName = "ticket.json"

  /// A scan to be computed; nil: only to answer that the node is there.
  struct Work: Codable {
    let places: [String]
    let scan: BundleMaker.Scan
    let rule: String
    let rules: String
    let inbox: String?
    let pathKey: String
    let threads: Int
    let timeLimit: Double?
    let allowsWritableRules: Bool
  }

  /// Where the bundle, or the answer, goes.
  let place: String
  let work: Work?

  /// The script that `sbatch` is given: the kernel starts `program job`, which reads the second line.
  static func script(program: String, ticket: URL) -> [UInt8] { Array("#!\(program) job\n\(ticket.path)\n".utf8) }

  /// The ticket that a script names.
  static func read(script: URL) throws -> Ticket {
    let lines = try String(contentsOf: script, encoding: .utf8).split(separator: "\n")
    guard lines.count == 2, lines[0].hasPrefix("#!"), lines[1].hasPrefix("/") else {
      throw ExecutorError("\(script.path) is no script of Vigil's: expected the program and the path of a ticket")
    }
    return try JSONDecoder().decode(Ticket.self, from: Data(contentsOf: URL(filePath: String(lines[1]))))
  }

  func write(to file: URL) throws {
    try AtomicFile.write(Array(JSONEncoder().encode(self)), to: file)
  }
}
