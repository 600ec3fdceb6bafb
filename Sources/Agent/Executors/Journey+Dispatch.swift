internal import Audit
internal import DICOM
internal import Digests
internal import Foundation
internal import Imaging
internal import Models
internal import Networks
internal import Preprocessing

extension JourneyContext {
  /// Who computes the scans of a rule; nil: this process.
  func executor(of rule: Rule) -> SlurmExecutor? { rule.executor?.isRemote == false ? nil : executor }
}

extension Journey {
  /// The scan's work, computed by the batch engine: taken in where its bundle is there, queued where it was not.
  func dispatched(
    _ match: MatchedScan, _ executor: SlurmExecutor, _ ledger: Ledger
  ) throws(JourneyError) -> JourneyEnd {
    let name = SlurmExecutor.name(of: match.key)
    let standing: SlurmExecutor.Standing
    do throws(ExecutorError) {
      standing = try executor.advance(
        name, match.rule.executor, memory: { memoryToAskFor(match) },
        ticket: { ticket(match, executor, bundle: $0, pathKey: $1) })
    } catch {
      if !error.passes { executor.forget(name) }
      throw JourneyError(.inferred, error.passes ? .postponed : .failed, "on the cluster: \(error)")
    }
    switch standing {
    case .under(let way): return .dispatched(name, why: way)
    case .bundle(let place, let facts): return try taken(place, match, executor, ledger, name, facts)
    }
  }

  /// Takes a bundle in, and forgets the work however that ends: what is not as it should be is computed again.
  private func taken(
    _ place: URL, _ match: MatchedScan, _ executor: SlurmExecutor, _ ledger: Ledger, _ name: String, _ facts: Facts
  ) throws(JourneyError) -> JourneyEnd {
    do throws(JourneyError) {
      let end = try takenIn(place, match, ledger, by: facts)
      executor.forget(name)
      return end
    } catch {
      // Where the agent itself cannot go on the bundle stays for its next start.
      if error.ending != .agent { executor.forget(name) }
      throw error
    }
  }

  private func ticket(_ match: MatchedScan, _ executor: SlurmExecutor, bundle: URL, pathKey: URL) -> Ticket {
    let files = study?.files ?? scan.instances.map { $0.file.path } + scan.skipped.map { $0.file.path }
    return Ticket(
      place: bundle.path,
      work: Ticket.Work(
        places: files + masks.masks.map { $0.file.path },
        scan: study == nil
          ? BundleMaker.Scan(series: scan.seriesKey, inputSHA256: scan.inputDigest.description) : nil,
        rule: match.rule.name, rules: context.rules.folder.path,
        inbox: scan.instances.first.flatMap { context.inbox($0.file.path) }, pathKey: pathKey.path,
        threads: match.rule.executor?.cpus ?? executor.settings.resources.cpus ?? 1,
        timeLimit: context.timeLimit?.inSeconds, allowsWritableRules: context.allowsWritableRules,
        startedAt: log.startedAt.inMilliseconds.timeIntervalSince1970))
  }

  /// MiB to ask for: what the network takes for the whole scan at the plan's spacing, uncropped, the scan itself in a few copies,
  /// and the program.
  private func memoryToAskFor(_ match: MatchedScan) -> Int {
    let geometry = scan.volume.geometry
    let estimates = match.model.models.map { model -> Int in
      guard let predictor = try? model.predictor() else { return 0 }
      let target = model.configuration.spacing
      let axes = model.plans.transposeForward
      let shape = axes.enumerated().map { index, axis -> Int in
        let along = target.count == 3 ? target[index] : index == 0 ? geometry.spacing[axis] : target[index - 1]
        return Int((Double(geometry.shape[axis]) * geometry.spacing[axis] / along).rounded(.up))
      }
      return predictor.memoryEstimate(shape: [model.dataset.channelNames.count] + shape)?.total ?? 0
    }
    let copies = (study?.channels.count ?? 1) * 8 * 4 * geometry.shape.reduce(1, *)
    return ((estimates.max() ?? 0) + copies) >> 20 + Self.programMemory
  }

  /// MiB that the program takes beside scan and network: libraries, threads' stacks, buffers of files.
  private static let programMemory = 512
}
