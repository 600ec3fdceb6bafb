internal import Foundation
internal import Models
internal import Synchronization

/// Keeps models loaded between scans; several scans waiting share one.
final class ModelShelf: Sendable {
  private struct Slot: Hashable {
    let folder: URL
    let configuration: String?
    let folds: [Int]?
  }

  private struct Shelved {
    let model: ModelEnsemble
    let stamp: FolderStamp
    /// The digest by which the site's list let it run; nil where there was no list.
    let admitted: ModelDigest?
    var used: Int
  }

  private struct State {
    var models: [Slot: Shelved] = [:]
    var clock = 0
  }

  private let state = Mutex(State())
  private let security: RulesSecurity
  private let capacity: Int

  /// At most `capacity` rules' models are kept; the least recently used goes first. None is read that `security` does not admit.
  init(_ security: RulesSecurity, capacity: Int = 2) {
    self.security = security
    self.capacity = capacity
  }

  /// What the rule runs (a model, a cascade, several configurations), loaded now if it was not or if its files have changed.
  /// Who may change it, and whether it is on the site's list, is asked each time.
  func model(of rule: Rule) throws(ModelRefusal) -> ModelEnsemble {
    let slot = Slot(folder: rule.model, configuration: rule.configuration, folds: rule.folds)
    let shelved = find(slot)
    let before = FolderStamp(of: [rule.model])
    let admitted = try security.admit(rule.model, known: shelved?.admitted)
    if let shelved { return shelved.model }
    let model = try load(rule)
    try admitted?.check(covers: model.digest)
    let stamp = before.union(FolderStamp(of: model.models.map { $0.folder }))
    state.withLock { state in
      state.clock += 1
      state.models[slot] = Shelved(model: model, stamp: stamp, admitted: admitted, used: state.clock)
      while state.models.count > capacity, let oldest = state.models.min(by: { $0.value.used < $1.value.used }) {
        state.models[oldest.key] = nil
      }
    }
    return model
  }

  private func load(_ rule: Rule) throws(ModelRefusal) -> ModelEnsemble {
    let folds: FoldSelection = rule.folds.map { .these($0.map { String($0) }) } ?? .all
    do throws(ModelError) {
      return try ModelEnsemble.load(folder: rule.model, configuration: rule.configuration, folds: folds)
    } catch { throw ModelRefusal("\(error)") }
  }

  private func find(_ slot: Slot) -> Shelved? {
    guard let shelved = state.withLock({ $0.models[slot] }) else { return nil }
    let folders = [slot.folder] + shelved.model.models.map { $0.folder }
    guard FolderStamp(of: folders) == shelved.stamp else { return nil }
    return state.withLock { state in
      state.clock += 1
      state.models[slot]?.used = state.clock
      return shelved
    }
  }
}
