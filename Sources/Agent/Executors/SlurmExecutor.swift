internal import Audit
internal import Digests
internal import Foundation
internal import Writers

/// Hands scans to Slurm and takes their bundles back. It keeps nothing in memory that it needs: a scan's work has a name made of
/// series, rule, model and input, its job carries that name, and its folder below the shared one has it too, so an agent that
/// was killed finds everything again.
final class SlurmExecutor: Sendable {
  /// What a scan's work has come to.
  enum Standing {
    /// A bundle is there.
    case bundle(URL, Facts)
    /// A job waits or runs.
    case under(way: String)
  }

  /// What every job's name begins with.
  static let prefix = "vigil-"
  /// How often one scan's work is queued when what stops it can pass.
  static let mostAttempts = 3

  let settings: ExecutorSettings
  let slurm: Slurm
  private let pathKey: URL

  /// How often a work was queued, and as which job last.
  struct Tries: Codable {
    var count = 0
    var job: String?
  }

  /// `pathKey`: the key by which the site calls its inbox's files; a copy is laid into the shared folder.
  init(_ settings: ExecutorSettings, pathKey: URL) throws(ExecutorError) {
    self.settings = settings
    slurm = Slurm(bin: settings.bin)
    let copy = settings.shared.appending(path: "path-key")
    self.pathKey = copy
    do {
      try FileManager.default.createDirectory(
        at: settings.shared, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      var paths = OwnPaths()
      if let hand = paths.foreignHand(on: settings.shared.path) { throw hand }
      let key = try Data(contentsOf: pathKey)
      if (try? Data(contentsOf: copy)) != key { try AtomicFile.write(Array(key), to: copy) }
    } catch {
      throw ExecutorError("the shared folder \(settings.shared.path) of \(ExecutorSettings.fileName): \(error)")
    }
  }

  /// The name of a scan's work.
  static func name(of key: RunKey) -> String {
    let parts = [
      key.seriesUID, key.rule ?? "", key.modelSHA256?.description ?? "", key.inputSHA256?.description ?? "",
    ]
    return prefix + SHA256Digest(of: parts.joined(separator: "\n")).description.prefix(24)
  }

  /// Names of the works that wait or run.
  func underWay() throws(ExecutorError) -> Set<String> {
    Set(try slurm.jobs().filter { $0.way != nil }.map { $0.name })
  }

  /// Looks after one scan's work: its bundle, its job, or a new job where there is neither. `memory`: MiB, where nobody set it.
  /// `ticket`: what the job is to do, given the places of the bundle and of the path key.
  func advance(
    _ name: String, _ own: ExecutorSettings.Resources?, memory: () -> Int, ticket: (URL, URL) -> Ticket
  ) throws(ExecutorError) -> Standing {
    let folder = self.folder(of: name)
    let tries = Self.tries(folder)
    if let bundle = bundle(name, tries) { return bundle }
    let jobs = try slurm.jobs().filter { $0.name == name }
    if let way = jobs.compactMap({ $0.way }).first { return .under(way: way) }
    // It may have come between the first look and the question.
    if let bundle = bundle(name, tries) { return bundle }
    try judge(jobs.first { $0.id == tries.job }, tries)
    let resources = own?.over(settings.resources) ?? settings.resources
    let script = try prepare(folder, tries, ticket(folder.appending(path: "bundle"), pathKey))
    let job = try slurm.submit(
      Slurm.Request(
        name: name, script: script, log: folder.appending(path: "log.txt"), resources: resources,
        memory: resources.memory ?? memory()))
    try Self.keep(Tries(count: tries.count + 1, job: job), folder)
    return .under(way: "queued as job \(job)")
  }

  /// The bundle of a work, once it is there.
  private func bundle(_ name: String, _ tries: Tries) -> Standing? {
    let place = folder(of: name).appending(path: "bundle", directoryHint: .isDirectory)
    guard RunBundle.isThere(place) else { return nil }
    return .bundle(place, ["kind": "slurm", "job": tries.job.map { .text($0) } ?? .null, "name": .text(name)])
  }

  /// Throws where a work that left no bundle is not to be queued again.
  private func judge(_ job: SlurmJob?, _ tries: Tries) throws(ExecutorError) {
    guard tries.count > 0 else { return }
    var why = "Slurm does not know the job any more"
    if let job {
      let code = try slurm.exitCode(of: job.id)
      switch job.fate(exitStatus: code.status, exitSignal: code.signal) {
      case .final(let words): throw ExecutorError("\(words) [job \(job.id)]\(log(of: job.name))", passes: false)
      case .passing(let words): why = "\(words) [job \(job.id)]"
      case .under, .ended: why = "job \(job.id) ended without leaving a bundle"
      }
    }
    guard tries.count < Self.mostAttempts else {
      throw ExecutorError("\(why), and it was queued \(tries.count) times", passes: false)
    }
  }

  /// What the job said last.
  private func log(of name: String) -> String {
    let text = (try? String(contentsOf: folder(of: name).appending(path: "log.txt"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").last.map { ": \($0.suffix(300))" } ?? ""
  }

  /// The work's folder with ticket and script.
  private func prepare(_ folder: URL, _ tries: Tries, _ ticket: Ticket) throws(ExecutorError) -> URL {
    let script = folder.appending(path: "script")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      OutputFolder.removeDebris(in: folder)
      let file = folder.appending(path: Ticket.fileName)
      try ticket.write(to: file)
      try AtomicFile.write(Ticket.script(program: settings.program, ticket: file), to: script)
    } catch { throw ExecutorError("\(error)") }
    return script
  }

  /// Forgets a work: its bundle was taken in, or nothing will come of it.
  func forget(_ name: String) { try? FileManager.default.removeItem(at: folder(of: name)) }

  private func folder(of name: String) -> URL { settings.shared.appending(path: name, directoryHint: .isDirectory) }

  /// How often a work was queued, as which job last.
  static func tries(_ folder: URL) -> Tries {
    let data = try? Data(contentsOf: folder.appending(path: "tries.json"))
    return data.flatMap { try? JSONDecoder().decode(Tries.self, from: $0) } ?? Tries()
  }

  private static func keep(_ tries: Tries, _ folder: URL) throws(ExecutorError) {
    do { try AtomicFile.write(Array(JSONEncoder().encode(tries)), to: folder.appending(path: "tries.json")) } catch {
      throw ExecutorError("\(error)")
    }
  }
}

extension SlurmJob {
  /// What it is doing; nil where it has ended.
  var way: String? {
    if case .under(let way) = fate(exitStatus: 0, exitSignal: 0) { "\(way) [job \(id)]" } else { nil }
  }
}
