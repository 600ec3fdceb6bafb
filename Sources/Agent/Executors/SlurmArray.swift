internal import Foundation
internal import Writers

/// An array of jobs, a task a scan: a folder in the shared one, with the list of their works. It is written before the array is
/// queued, and the jobs carry the folder's name, so that an agent that was killed in between still knows which task is which scan.
struct SlurmArray {
  static let prefix = SlurmExecutor.prefix + "array-"
  /// Name of the list.
  static let fileName = "works.json"
  /// Slurm's own default bound on the tasks of an array (`MaxArraySize`), less one.
  static let mostTasks = 1000

  /// The task that this process is; nil where it is none.
  static var task: Int? { ProcessInfo.processInfo.environment["SLURM_ARRAY_TASK_ID"].flatMap { Int($0) } }

  /// Its folder.
  let folder: URL

  init(_ name: String, below shared: URL) { folder = shared.appending(path: name, directoryHint: .isDirectory) }

  /// The arrays whose folders are there.
  static func all(below shared: URL) -> [SlurmArray] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: shared.path)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.map { SlurmArray($0, below: shared) }
  }

  /// Writes the list, and the script that Slurm spools; where that lies.
  func prepare(_ works: [String], program: String) throws -> URL {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let (list, script) = (folder.appending(path: Self.fileName), folder.appending(path: "script"))
    try AtomicFile.write(Array(JSONEncoder().encode(works)), to: list)
    try AtomicFile.write(Ticket.script(program: program, ticket: list), to: script)
    return script
  }

  /// Where Slurm writes the tasks' output.
  var log: URL { folder.appending(path: "log-%a.txt") }

  /// What a task said.
  func said(_ task: Int) -> String {
    (try? String(contentsOf: folder.appending(path: "log-\(task).txt"), encoding: .utf8)) ?? ""
  }

  /// The works, in the order of the tasks; empty where the folder is gone.
  var works: [String] { (try? Self.works(folder.appending(path: Self.fileName))) ?? [] }

  /// Removes it where none of its works is there any more.
  func removeIfDone() {
    let shared = folder.deletingLastPathComponent()
    let isDone = works.allSatisfy { !FileManager.default.fileExists(atPath: shared.appending(path: $0).path) }
    if isDone { try? FileManager.default.removeItem(at: folder) }
  }

  static func works(_ list: URL) throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data(contentsOf: list))
  }

  /// The ticket of a work that a list names.
  static func ticket(of work: String, listedIn list: URL) -> URL {
    list.deletingLastPathComponent().deletingLastPathComponent().appending(path: "\(work)/\(Ticket.fileName)")
  }

  /// The jobs, those of an array under the names of their works; tasks of which nobody knows the work are left out.
  static func resolved(_ jobs: [SlurmJob], below shared: URL) -> [SlurmJob] {
    var lists: [String: [String]] = [:]
    return jobs.flatMap { job -> [SlurmJob] in
      guard job.name.hasPrefix(prefix) else { return [job] }
      let works = lists[job.name] ?? SlurmArray(job.name, below: shared).works
      lists[job.name] = works
      // An array of one task that was cancelled while it waited is told of without its task's number.
      let tasks = job.task.map { [$0] } ?? Array(works.indices)
      return tasks.filter { works.indices.contains($0) }.map { task in
        SlurmJob(job, id: job.task == nil ? "\(job.id)_\(task)" : job.id, name: works[task])
      }
    }
  }
}
