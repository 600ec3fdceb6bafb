internal import Digests
public import Foundation
internal import Writers

/// Hands the steps of a training to Slurm: a job each, those with folds as an array, each waiting for those before it. Tickets and
/// logs lie in `cluster/` below the results, and the jobs' names follow from the results' path, so whoever asks again finds what is
/// queued already.
public struct TrainingQueue: Sendable {
  /// What became of a step.
  public struct Standing: Sendable {
    /// The step.
    public let step: TrainingStep
    /// Slurm's number of the job that was queued; nil: none was.
    public var job: String?
    /// Jobs that were with Slurm already.
    public var before: [String] = []
    /// What is to be told of jobs that ended before, for instance why a fold failed.
    public var notes: [String] = []
    /// What the steps after it wait for.
    var all: [String] { before + (job.map { [$0] } ?? []) }
  }

  /// What every such job's name begins with.
  static let prefix = SlurmExecutor.prefix + "train-"

  /// Where tickets, scripts and logs lie.
  public let folder: URL
  private let settings: ExecutorSettings
  private let slurm: Slurm
  private let title: String
  private let results: URL

  /// `rules`: the folder in which `executor.yaml` lies. `results`: where the training leaves everything; every node must see it, the
  /// data set and the program under the same path. `title`: what people call it.
  public init(rules: URL, allowingWritable: Bool, results: URL, title: String) throws(AgentError) {
    let security = RulesSecurity(rules: rules, allowsWritable: allowingWritable)
    do throws(RuleError) {
      guard let settings = try ExecutorSettings.read(security, forTraining: true) else {
        throw RuleError(
          file: rules.appending(path: ExecutorSettings.fileName), line: nil,
          message: "is not there; it names the cluster (docs/cluster.md)")
      }
      self.settings = settings
    } catch { throw AgentError("\(error)") }
    self.results = results.standardizedFileURL
    self.title = title
    folder = self.results.appending(path: "cluster", directoryHint: .isDirectory)
    slurm = Slurm(bin: settings.bin)
    guard !self.results.path.contains(where: { $0 == "%" || $0 == "\\" || $0.isNewline }) else {
      throw AgentError(
        "\(self.results.path): Slurm takes %, \\ and line breaks in a path for something else; name other --results")
    }
  }

  /// Threads that a job may use.
  public var cpus: Int { settings.training.cpus ?? 1 }

  /// Queues what is not with Slurm yet. `isDry`: only says what would be queued. Throws before anything is queued where jobs of the
  /// same steps are there that do something else.
  public func submit(_ steps: [TrainingStep], isDry: Bool) throws(AgentError) -> [Standing] {
    do throws(ExecutorError) {
      let jobs = try slurm.jobs()
      for step in steps { try check(step, jobs) }
      let fresh = Set(steps.filter { !missing($0, jobs).isEmpty }.map { $0.name })
      var standings: [Standing] = []
      for step in steps {
        // What only comes before others is not done again where none of them begins.
        let isFirst = step.folds == nil && step.after.isEmpty && steps.count > 1
        if isFirst, !steps.contains(where: { $0.after.contains(step.name) && fresh.contains($0.name) }) { continue }
        standings.append(try submit(step, jobs, after: standings, isDry: isDry))
      }
      return standings
    } catch { throw AgentError("\(error)") }
  }

  private func submit(
    _ step: TrainingStep, _ jobs: [SlurmJob], after earlier: [Standing], isDry: Bool
  ) throws(ExecutorError) -> Standing {
    let own = jobs.filter { $0.name == name(of: step) }
    let wanted = earlier.filter { step.after.contains($0.step.name) }
    var standing = Standing(step: step)
    var underWay = own.filter { $0.way != nil }
    if step.folds == nil, !step.after.isEmpty, wanted.contains(where: { $0.job != nil }) {
      // It waits for fewer jobs than it should by now.
      for job in underWay where !isDry { try slurm.cancel(job.id) }
      underWay = []
    }
    standing.before = underWay.map { $0.id }.sorted()
    let missing = missing(step, jobs)
    guard step.folds == nil ? underWay.isEmpty : !missing.isEmpty else { return standing }
    standing.notes = try notes(own, step, missing)
    guard !isDry else { return standing }
    standing.job = try queue(step, folds: missing, after: wanted.flatMap { $0.all })
    return standing
  }

  /// The folds of a step that no job is there for.
  private func missing(_ step: TrainingStep, _ jobs: [SlurmJob]) -> [Int] {
    let there = Set(jobs.filter { $0.name == name(of: step) && $0.way != nil }.compactMap { $0.task })
    return (step.folds ?? []).filter { !there.contains($0) }
  }

  /// How the jobs of a step that are to be queued again ended, as far as Slurm still knows.
  private func notes(_ jobs: [SlurmJob], _ step: TrainingStep, _ folds: [Int]) throws(ExecutorError) -> [String] {
    var last: [Int: SlurmJob] = [:]
    for job in jobs where job.way == nil && job.state != "COMPLETED" {
      if step.folds != nil, job.task.map({ folds.contains($0) }) != true { continue }
      let key = job.task ?? -1
      if (last[key]?.id ?? "").compare(job.id, options: .numeric) == .orderedAscending { last[key] = job }
    }
    var notes: [String] = []
    for (task, job) in last.sorted(by: { $0.key < $1.key }) {
      let said = (try? String(contentsOf: log(of: step, task: job.task), encoding: .utf8)) ?? ""
      let words = try slurm.end(of: job, said: said) ?? job.state.lowercased()
      let line = said.split(separator: "\n").last.map { ": \($0.suffix(300))" } ?? ""
      notes.append("\(step.name)\(task < 0 ? "" : ", fold \(task)") [job \(job.id)]: \(words)\(line)")
    }
    return notes
  }

  /// Throws where jobs of the step are with Slurm that were begun with other arguments.
  private func check(_ step: TrainingStep, _ jobs: [SlurmJob]) throws(ExecutorError) {
    guard step.name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }), step.name != ".."
    else { throw ExecutorError("\(step.name): such a name of a configuration cannot be that of a job", passes: false) }
    let own = jobs.filter { $0.name == name(of: step) && $0.way != nil }
    guard step.folds != nil, !own.isEmpty, let ticket = try? ticket(of: step).training, ticket.command != step.command
    else { return }
    throw ExecutorError(
      "\(step.name) is with Slurm already with other settings, as job \(own.map { $0.id }.joined(separator: ", ")): "
        + "vigil \(ticket.command.joined(separator: " ")); wait for it, or take it off with scancel", passes: false)
  }

  private func queue(_ step: TrainingStep, folds: [Int], after: [String]) throws(ExecutorError) -> String {
    let place = place(of: step)
    let (file, script) = (place.appending(path: Ticket.fileName), place.appending(path: "script"))
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let training = Ticket.Training(
        title: "\(title), \(step.name)", command: step.command, model: step.model, epochs: step.epochs,
        bin: settings.bin)
      try Ticket(place: place.path, training: training).write(to: file)
      try AtomicFile.write(Ticket.script(program: settings.program, ticket: file), to: script)
    } catch { throw ExecutorError("\(error)") }
    return try slurm.submit(
      Slurm.Request(
        name: name(of: step), script: script, log: log(of: step, task: nil), resources: settings.training,
        memory: settings.training.memory, tasks: folds, after: after, isResumable: true,
        isTold: step.command.first == "train"))
  }

  private func place(of step: TrainingStep) -> URL { folder.appending(path: step.name, directoryHint: .isDirectory) }

  private func ticket(of step: TrainingStep) throws -> Ticket {
    try JSONDecoder().decode(
      Ticket.self, from: Data(contentsOf: place(of: step).appending(path: Ticket.fileName)))
  }

  private func log(of step: TrainingStep, task: Int?) -> URL {
    let name = step.folds == nil ? "log.txt" : "fold_\(task.map { "\($0)" } ?? "%a").txt"
    return place(of: step).appending(path: name)
  }

  private func name(of step: TrainingStep) -> String {
    "\(Self.prefix)\(SHA256Digest(of: results.path).description.prefix(12))-\(step.name)"
  }

  /// Whole epochs of a fold, by its log; nil for a step that trains none.
  static func epochs(_ training: Ticket.Training, fold: Int?) -> Int? {
    guard let model = training.model, let fold else { return nil }
    let text = try? String(contentsOf: URL(filePath: "\(model)/fold_\(fold)/log.jsonl"), encoding: .utf8)
    return text?.split(separator: "\n").count ?? 0
  }
}

extension Slurm {
  /// How a job ended without doing its work; nil where it did, or is under way. `said`: its output.
  func end(of job: SlurmJob, said: String = "") throws(ExecutorError) -> String? {
    guard job.way == nil else { return nil }
    let code = try exitCode(of: job.id)
    return switch job.fate(exitStatus: code.status, exitSignal: code.signal, said: said) {
    case .passing(let words), .final(let words): words
    case .ended where code.status != 0: "the job ended with exit status \(code.status)"
    case .ended, .under: nil
    }
  }
}
