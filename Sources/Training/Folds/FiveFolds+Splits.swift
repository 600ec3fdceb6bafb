public import Foundation
import Preprocessing

extension FiveFolds {
  /// nnU-Net's name of a file that says which case is held back where.
  public static let splitsName = "splits_final.json"

  /// The split that one of `folders` holds in a file, or else nnU-Net's own of these cases. Throws where there is a file and `groups` too.
  public init(cases: [String], groups: [String: String]?, splitsIn folders: [URL]) throws(TrainingError) {
    guard let made = try FiveFolds(splitsIn: folders, cases: cases) else {
      try self.init(cases: cases, groups: groups)
      return
    }
    guard groups == nil else {
      throw TrainingError("there are groups of cases, and a \(Self.splitsName) of the data set; take one of them away")
    }
    self = made
  }

  /// The split that somebody made: nnU-Net v2's `splits_final.json`, a list of `{"train": [...], "val": [...]}`. Nil where none of
  /// `folders` has one; the first that has is taken. Throws unless it has five folds, each case of the data set is held back by one of
  /// them, and none is trained on by the fold that holds it back.
  ///
  /// Source: nnU-Net v2 `nnUNetTrainer.do_split`, which also takes other numbers of folds; `vigil select` needs each case once.
  init?(splitsIn folders: [URL], cases: [String]) throws(TrainingError) {
    let files = folders.map { $0.appending(path: Self.splitsName) }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else { return nil }
    let json: JSONValue
    do { json = try JSONValue(parsing: Data(contentsOf: file)) } catch {
      throw TrainingError("\(file.path): \(error)")
    }
    let names = { (value: JSONValue?) in value?.elements.map { $0.compactMap { $0.text } } }
    let lists = (json.elements ?? []).compactMap { split in
      names(split["train"]).flatMap { train in names(split["val"]).map { (training: train, validation: $0) } }
    }
    guard lists.count == Self.count, json.elements?.count == Self.count else {
      throw TrainingError(
        "\(file.path): expected five folds, each {\"train\": [...], \"val\": [...]}, found \(json.elements?.count ?? 0)"
      )
    }
    let known = Set(cases)
    for name in lists.flatMap({ $0.training + $0.validation }) where !known.contains(name) {
      throw TrainingError("\(file.path): the data set has no case \(name)")
    }
    for name in known.sorted() {
      let held = lists.indices.filter { lists[$0].validation.contains(name) }
      guard held.count == 1, !lists[held[0]].training.contains(name) else {
        throw TrainingError(
          "\(file.path): case \(name): expected one fold that holds it back and does not train on it, found \(held)")
      }
    }
    let order = { (names: [String]) in Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    folds = lists.map { Fold(training: order($0.training), validation: order($0.validation)) }
  }
}
