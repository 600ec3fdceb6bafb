internal import Audit
internal import Digests
internal import Foundation
internal import Intake
internal import Synchronization
internal import Writers

/// Hands scans to Slurm and takes their bundles back. What waits is gathered for a moment and queued as one array of jobs. It keeps
/// nothing in memory that it needs: a scan's work has a name made of series, rule, model and input, its folder below the shared one
/// carries that name, and the array's list has it too, so an agent that was killed finds everything again.
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

  /// How often a work was queued, and last as which job and task of which array.
  struct Tries: Codable {
    var count = 0
    var job: String?
    var array: String?
    var task: Int?
  }

  /// A work that is to be queued.
  private struct Gathered {
    let name: String
    let resources: ExecutorSettings.Resources
    /// MiB.
    let memory: Int
    let since: ContinuousClock.Instant
  }

  private struct State {
    var gathered: [Gathered] = []
    /// Works that could not be queued, to be told to who asks next.
    var refused: [String: ExecutorError] = [:]
    /// How often queueing failed on end, and when it is tried again.
    var failures = 0
    var notBefore = ContinuousClock.now
  }

  private let state = Mutex(State())

  /// How long works are gathered at most before they are queued.
  private static let patience = Duration.seconds(5)
  /// What is asked for is rounded up to this, MiB, so that scans of nearly the same size go into one array.
  private static let memoryStep = 512

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
    for array in SlurmArray.all(below: settings.shared) { array.removeIfDone() }
  }

  /// The name of a scan's work.
  static func name(of key: RunKey) -> String { prefix + key.work.description.prefix(24) }

  /// Names of the works that wait or run, here or there.
  func underWay() throws(ExecutorError) -> Set<String> {
    let gathered = state.withLock { $0.gathered.map { $0.name } }
    return Set(try jobs().filter { $0.way != nil }.map { $0.name }).union(gathered)
  }

  /// The jobs, by the names of their works.
  private func jobs() throws(ExecutorError) -> [SlurmJob] {
    SlurmArray.resolved(try slurm.jobs(), below: settings.shared)
  }

  /// Looks after one scan's work: its bundle, its job, or a place among what is to be queued where there is neither. `memory`: MiB,
  /// where nobody set it. `ticket`: what the job is to do, given the places of the bundle and of the path key.
  func advance(
    _ name: String, _ own: ExecutorSettings.Resources?, memory: () -> Int, ticket: (URL, URL) -> Ticket
  ) throws(ExecutorError) -> Standing {
    let folder = self.folder(of: name)
    let tries = Self.tries(folder)
    if let bundle = bundle(name, tries) { return bundle }
    if let refusal = state.withLock({ $0.refused.removeValue(forKey: name) }) {
      forget(name)
      throw refusal
    }
    let isGathered = state.withLock { state in state.gathered.contains { $0.name == name } }
    if isGathered { return .under(way: Self.gatheredWords) }
    let jobs = try jobs().filter { $0.name == name }
    if let way = jobs.compactMap({ $0.way }).first { return .under(way: way) }
    // It may have come between the first look and the question.
    if let bundle = bundle(name, tries) { return bundle }
    try judge(jobs.first { $0.id == tries.job }, tries)
    let resources = own?.over(settings.resources) ?? settings.resources
    try prepare(folder, ticket(folder.appending(path: "bundle"), pathKey))
    let asked = resources.memory ?? (memory() + Self.memoryStep - 1) / Self.memoryStep * Self.memoryStep
    let work = Gathered(name: name, resources: resources, memory: asked, since: .now)
    state.withLock { $0.gathered.append(work) }
    return .under(way: Self.gatheredWords)
  }

  private static let gatheredWords = "to be queued"

  /// Queues what was gathered, those that ask for the same as one array. `hasMore`: whether more is about to be gathered, for which it
  /// waits a little. `isLast`: whether what cannot be queued is not to be tried again. Throws what kept it from queueing; what was not
  /// queued stays, and after ``RetryPauses`` is refused to who asks for it next.
  func queueGathered(hasMore: Bool, isLast: Bool) throws(ExecutorError) {
    let now = ContinuousClock.now
    let due = state.withLock { state -> [Gathered] in
      guard let first = state.gathered.first, now >= state.notBefore else { return [] }
      return hasMore && now - first.since < Self.patience ? [] : state.gathered
    }
    var groups: [[Gathered]] = []
    for work in due {
      let own = groups.firstIndex {
        $0[0].resources == work.resources && $0[0].memory == work.memory && $0.count < SlurmArray.mostTasks
      }
      if let own { groups[own].append(work) } else { groups.append([work]) }
    }
    for group in groups {
      do throws(ExecutorError) { try queue(group) } catch {
        postpone(error, isLast: isLast)
        throw error
      }
      let names = Set(group.map { $0.name })
      state.withLock { state in
        state.gathered.removeAll { names.contains($0.name) }
        (state.failures, state.notBefore) = (0, .now)
      }
    }
  }

  private func postpone(_ error: ExecutorError, isLast: Bool) {
    state.withLock { state in
      state.failures += 1
      if !isLast, let pause = RetryPauses().pause(after: state.failures) {
        state.notBefore = .now + pause
        return
      }
      let refusal = ExecutorError(error.description, passes: isLast)
      for work in state.gathered { state.refused[work.name] = refusal }
      (state.gathered, state.failures) = ([], 0)
    }
  }

  /// The list first, then the array, then who is in it.
  private func queue(_ works: [Gathered]) throws(ExecutorError) {
    let tries = works.map { Self.tries(folder(of: $0.name)) }
    let parts = zip(works, tries).map { "\($0.name) \($1.count)" }
    let name = SlurmArray.prefix + SHA256Digest(of: parts.joined(separator: "\n")).description.prefix(24)
    let array = SlurmArray(name, below: settings.shared)
    let script: URL
    do { script = try array.prepare(works.map { $0.name }, program: settings.program) } catch {
      throw ExecutorError("\(error)")
    }
    let job = try slurm.submit(
      Slurm.Request(
        name: name, script: script, log: array.log, resources: works[0].resources, memory: works[0].memory,
        tasks: Array(works.indices)))
    for (task, work) in works.enumerated() {
      let next = Tries(count: tries[task].count + 1, job: "\(job)_\(task)", array: name, task: task)
      try Self.keep(next, folder(of: work.name))
    }
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
      let said = said(tries)
      switch job.fate(exitStatus: code.status, exitSignal: code.signal, said: said) {
      case .final(let words):
        let last = said.split(separator: "\n").last.map { ": \($0.suffix(300))" } ?? ""
        throw ExecutorError("\(words) [job \(job.id)]\(last)", passes: false)
      case .passing(let words): why = "\(words) [job \(job.id)]"
      case .under, .ended: why = "job \(job.id) ended without leaving a bundle"
      }
    }
    guard tries.count < Self.mostAttempts else {
      throw ExecutorError("\(why), and it was queued \(tries.count) times", passes: false)
    }
  }

  /// What the job said.
  private func said(_ tries: Tries) -> String {
    guard let array = tries.array, let task = tries.task else { return "" }
    return SlurmArray(array, below: settings.shared).said(task)
  }

  /// The work's folder with its ticket.
  private func prepare(_ folder: URL, _ ticket: Ticket) throws(ExecutorError) {
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      OutputFolder.removeDebris(in: folder)
      try ticket.write(to: folder.appending(path: Ticket.fileName))
    } catch { throw ExecutorError("\(error)") }
  }

  /// Forgets a work: its bundle was taken in, or nothing will come of it.
  func forget(_ name: String) {
    try? FileManager.default.removeItem(at: folder(of: name))
    for array in SlurmArray.all(below: settings.shared) { array.removeIfDone() }
  }

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

extension RunKey {
  /// Names the work, here and on a cluster.
  var work: SHA256Digest {
    let parts = [seriesUID, rule ?? "", modelSHA256?.description ?? "", inputSHA256?.description ?? ""]
    return SHA256Digest(of: parts.joined(separator: "\n"))
  }
}

extension SlurmJob {
  /// What it is doing; nil where it has ended.
  var way: String? {
    if case .under(let way) = fate(exitStatus: 0, exitSignal: 0) { "\(way) [job \(id)]" } else { nil }
  }
}
