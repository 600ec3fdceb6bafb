internal import Digests
public import Foundation

/// What runs where: `vigil cluster`.
public struct ClusterReport: Sendable {
  /// One scan's work, or a step of a training.
  public struct Work: Sendable, Encodable {
    /// The work's name, which its job carries.
    public let name: String
    /// As the log names it: nothing of the patient. Of a training the fold, or nothing.
    public let series: String
    /// The rule, or what is trained.
    public let rule: String
    /// Slurm's number of the job; nil where there is none any more.
    public let job: String?
    /// What it is doing.
    public let state: String
    /// How long its job has run.
    public let seconds: Int
    /// How often it was queued.
    public let attempts: Int
  }

  /// The works, the longest running first.
  public let works: [Work]

  /// Asks Slurm and looks into the shared folder. `rules`: where `executor.yaml` lies.
  public init(rules: URL, allowingWritable: Bool = false) throws(AgentError) {
    do {
      let security = RulesSecurity(rules: rules, allowsWritable: allowingWritable)
      guard let settings = try ExecutorSettings.read(security, forTraining: true) else {
        throw AgentError(
          "there is no \(rules.path)/\(ExecutorSettings.fileName): scans are computed by the agent itself")
      }
      let slurm = Slurm(bin: settings.bin)
      let all = SlurmArray.resolved(try slurm.jobs(), below: settings.shared)
      let jobs = Dictionary(all.map { ($0.name, $0) }) { first, second in second.way != nil ? second : first }
      let names = ((try? FileManager.default.contentsOfDirectory(atPath: settings.shared.path)) ?? []).filter {
        $0.hasPrefix(SlurmExecutor.prefix) && !$0.hasPrefix(SlurmArray.prefix)
      }
      let scans = names.map { Work($0, below: settings.shared, jobs[$0]) }
      let trainings = all.filter { $0.name.hasPrefix(TrainingQueue.prefix) && $0.state != "COMPLETED" }
      works = (scans + (try trainings.map { Work(training: $0, ended: try slurm.end(of: $0)) })).sorted {
        ($0.seconds, $1.name) > ($1.seconds, $0.name)
      }
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(error)")
    }
  }
}

extension ClusterReport.Work {
  init(_ name: String, below shared: URL, _ job: SlurmJob?) {
    let folder = shared.appending(path: name)
    let file = folder.appending(path: Ticket.fileName)
    let work = (try? JSONDecoder().decode(Ticket.self, from: Data(contentsOf: file)))?.work
    let tries = SlurmExecutor.tries(folder)
    let isDone = RunBundle.isThere(folder.appending(path: "bundle"))
    self.init(
      name: name,
      series: work.map {
        ($0.scan.map { "series \(SHA256Digest(of: $0.series).description.prefix(8))" } ?? "a study")
          + ", \($0.places.count) files"
      } ?? "unknown",
      rule: work?.rule ?? "unknown", job: job?.id ?? tries.job,
      state: isDone ? "done, to be taken in by the agent" : job?.way ?? job?.state.lowercased() ?? "not with Slurm",
      seconds: job?.seconds ?? 0, attempts: tries.count)
  }

  /// A step of a training, or one fold of it, that waits, runs or went wrong: `ended` says how.
  init(training job: SlurmJob, ended: String?) {
    let ticket = URL(filePath: job.script).deletingLastPathComponent().appending(path: Ticket.fileName)
    let training = (try? JSONDecoder().decode(Ticket.self, from: Data(contentsOf: ticket)))?.training
    var state = job.way ?? "\(ended ?? job.state.lowercased()) [job \(job.id)]"
    if let training, let epochs = TrainingQueue.epochs(training, fold: job.task), job.way != nil,
      epochs > 0 || job.state == "RUNNING"
    {
      state += ", epoch \(min(epochs + 1, training.epochs)) of \(training.epochs)"
    }
    self.init(
      name: job.name, series: job.task.map { "fold \($0)" } ?? "all folds",
      rule: "training of \(training?.title ?? "unknown")", job: job.id, state: state, seconds: job.seconds, attempts: 1)
  }
}
