public import Foundation

/// A step of a training as a job on a cluster runs it.
public struct TrainingJob: Sendable {
  /// What `vigil` is called with.
  public let arguments: [String]
  private let slurm: Slurm
  private let training: Ticket.Training
  private let before: [Int]
  private let environment = ProcessInfo.processInfo.environment

  /// How often a job that got nothing done before it was stopped is queued again.
  public static let mostIdleRestarts = 3

  /// The step that a script names; nil where it names a scan. `script`: what Slurm spooled.
  public init?(script: URL) throws(AgentError) {
    do {
      guard let training = try Ticket.read(script: script).training else { return nil }
      var arguments = training.command
      if let fold = SlurmArray.task { arguments += ["--fold", "\(fold)"] }
      self.arguments = arguments
      slurm = Slurm(bin: training.bin)
      self.training = training
      before = Self.done(training)
    } catch { throw AgentError("\(error)") }
  }

  /// After the step was told to stop: asks Slurm to queue it again, unless Slurm does that by itself (it made room for another job) or
  /// somebody cancelled it, and unless it gets nothing done from start to start. What became of it, for the log; nil where this is
  /// no job.
  public func queueAgain() -> String? {
    guard let job = environment["SLURM_JOB_ID"] else { return nil }
    let restarts = environment["SLURM_RESTART_COUNT"].flatMap { Int($0) } ?? 0
    guard Self.done(training) != before || restarts < Self.mostIdleRestarts else {
      return "job \(job) was stopped \(restarts + 1) times and got nothing done this time: give it more `time`"
    }
    do throws(ExecutorError) {
      guard let state = try slurm.state(of: job) else { return "Slurm does not know job \(job)" }
      guard state == "RUNNING" else { return "job \(job) is \(state): it is not queued again from here" }
      try slurm.requeue(job)
      return "job \(job) is queued again and goes on from its checkpoint"
    } catch { return "job \(job) cannot be queued again: \(error)" }
  }

  /// How far the fold is: whole epochs, and what its validation has written.
  private static func done(_ training: Ticket.Training) -> [Int] {
    guard let model = training.model, let fold = SlurmArray.task else { return [] }
    let validated = try? FileManager.default.contentsOfDirectory(atPath: "\(model)/fold_\(fold)/validation")
    return [TrainingQueue.epochs(training, fold: fold) ?? 0, validated?.count ?? 0]
  }
}
