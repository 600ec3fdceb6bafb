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
    var used: Int
  }

  private struct State {
    var models: [Slot: Shelved] = [:]
    var clock = 0
  }

  private let state = Mutex(State())
  private let capacity: Int

  /// At most `capacity` rules' models are kept; the least recently used goes first.
  init(capacity: Int = 2) { self.capacity = capacity }

  /// What the rule runs (a model, a cascade, several configurations), loaded now if it was not or if its files have changed.
  func model(of rule: Rule) throws(ModelError) -> ModelEnsemble {
    let slot = Slot(folder: rule.model, configuration: rule.configuration, folds: rule.folds)
    if let model = find(slot) { return model }
    let folds: FoldSelection = rule.folds.map { .these($0.map { String($0) }) } ?? .all
    let before = FolderStamp(of: [rule.model])
    let model = try ModelEnsemble.load(folder: rule.model, configuration: rule.configuration, folds: folds)
    let stamp = before.union(FolderStamp(of: model.models.map { $0.folder }))
    state.withLock { state in
      state.clock += 1
      state.models[slot] = Shelved(model: model, stamp: stamp, used: state.clock)
      while state.models.count > capacity, let oldest = state.models.min(by: { $0.value.used < $1.value.used }) {
        state.models[oldest.key] = nil
      }
    }
    return model
  }

  private func find(_ slot: Slot) -> ModelEnsemble? {
    guard let shelved = state.withLock({ $0.models[slot] }) else { return nil }
    let folders = [slot.folder] + shelved.model.models.map { $0.folder }
    guard FolderStamp(of: folders) == shelved.stamp else { return nil }
    return state.withLock { state in
      state.clock += 1
      state.models[slot]?.used = state.clock
      return shelved.model
    }
  }
}

/// Sizes and times of all files below folders: equal stamps mean that nobody has changed them in between.
struct FolderStamp: Sendable, Hashable {
  private struct Entry: Hashable {
    let path: String
    let size: Int
    let modified: Date?
  }

  private let entries: Set<Entry>

  init(of folders: [URL]) {
    let keys: [URLResourceKey] = [.fileSizeKey, .contentModificationDateKey, .isRegularFileKey]
    var entries: Set<Entry> = []
    for folder in Set(folders) {
      let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: keys)
      while let file = walk?.nextObject() as? URL {
        guard let values = try? file.resourceValues(forKeys: Set(keys)), values.isRegularFile == true else { continue }
        entries.insert(Entry(path: file.path, size: values.fileSize ?? 0, modified: values.contentModificationDate))
      }
    }
    self.entries = entries
  }

  private init(entries: Set<Entry>) { self.entries = entries }

  /// One line a file.
  var lines: [String] {
    entries.map { "\($0.path) \($0.size) \($0.modified?.timeIntervalSinceReferenceDate ?? 0)" }
  }

  /// Both stamps in one.
  func union(_ other: FolderStamp) -> FolderStamp { FolderStamp(entries: entries.union(other.entries)) }
}
