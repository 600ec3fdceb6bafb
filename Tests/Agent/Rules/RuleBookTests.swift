import Agent
import Foundation
import Testing

@Suite("The rule book")
struct RuleBookTests {
  /// A rules folder with one rule of the given text, and a model folder beside it.
  private func book(_ rules: [String: String], then check: (RuleBook, URL) throws -> Void) throws {
    umask(0o022)  // rules that a group may write are refused
    let folder = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in rules {
      let rule = folder.appending(path: name)
      try FileManager.default.createDirectory(at: rule.appending(path: "model"), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: rule.appending(path: "rule.yaml"))
    }
    try check(RuleBook(readingFrom: folder), folder)
  }

  @Test("where the folder cannot be listed, every rule stays in force as it was")
  func unlisted() throws {
    try book(["a": "match: {Modality: MR}\nmodel: model", "b": "match: {Modality: CT}\nmodel: model"]) { book, folder in
      #expect(book.rules.map { $0.name } == ["a", "b"], "\(book.problems)")
      try FileManager.default.moveItem(at: folder, to: folder.appendingPathExtension("away"))
      let unlisted = RuleBook(readingFrom: folder)
      let kept = unlisted.fallingBack(on: book)
      try FileManager.default.moveItem(at: folder.appendingPathExtension("away"), to: folder)
      #expect(unlisted.rules.isEmpty && kept.rules.map { $0.digest } == book.rules.map { $0.digest })
      #expect(kept.problems.map { $0.message }.joined().contains("cannot be listed"))
      let again = RuleBook(readingFrom: folder).fallingBack(on: kept)
      #expect(again.rules.map { $0.digest } == book.rules.map { $0.digest } && again.problems.isEmpty)
    }
  }

  @Test("reads every key of the documented rule")
  func documented() throws {
    let text = """
      description: Hippocampus, anterior and posterior, on T1 MRI
      match:
        Modality: MR
        SeriesDescription: /hippo|hcrop/i
        slices: ">= 16"
      priority: 10
      model: model
      configuration: 3d_fullres
      folds: [0, 1]
      mirroring: false
      step-size: 0.25
      outputs: [nifti, preview]
      incomplete: refuse
      orientation: RAS
      reference-labels: {1: Anterior, 37: [Anterior, Posterior]}
      channels:
        T1: {SeriesDescription: /t1/, not: {ScanningSequence: EP}}
        FLAIR: {SeriesDescription: /flair/}
      wait: 10m
      identify: true
      """
    try book(["hippocampus": text]) { book, _ in
      #expect(book.problems.isEmpty, "\(book.problems)")
      let rule = try #require(book.rules.first)
      #expect(rule.name == "hippocampus")
      #expect(rule.priority == 10)
      #expect(rule.model.lastPathComponent == "model")
      #expect(rule.configuration == "3d_fullres")
      #expect(rule.folds == [0, 1])
      #expect(!rule.mirroring)
      #expect(rule.stepSize == 0.25)
      #expect(rule.incomplete == .refuse)
      #expect(rule.orientation == "RAS")
      #expect(rule.referenceLabels == [1: ["Anterior"], 37: ["Anterior", "Posterior"]])
      #expect(rule.conditions.count == 3)
      #expect(rule.channels.map { $0.name } == ["T1", "FLAIR"] && rule.channels.map { $0.conditions.count } == [2, 1])
      #expect(rule.wait == .seconds(600) && rule.identify)
    }
  }

  @Test(
    "names file, line and what exists when something is wrong",
    arguments: [
      ("match: {Modality: MR}\nmodel: model\nfold: all", 3, "unknown key fold; the keys are description, match"),
      ("match: {Modalitty: MR}\nmodel: model", 1, "unknown condition Modalitty"),
      ("match: {Modality: MR}\nmodel: modell", 2, "there is no model folder"),
      (
        "match: {Modality: MR}\nmodel: model\nstep-size: 2", 3, "expected a fraction of the patch above 0 and at most 1"
      ),
      ("match: {Modality: MR}\nmodel: model\noutputs: [nifty]", 3, "unknown output nifty; outputs are nifti"),
      ("match: {slices: many}\nmodel: model", 1, "expected a test such as"),
      ("match: {orientation: upright}\nmodel: model", 1, "there are axial, sagittal, coronal, oblique"),
      ("match: {Modality: MR}\nmodel: model\nincomplete: wait", 3, "there are hold, process, refuse"),
      ("match: {Modality: MR}\nmodel: model\norientation: RRS", 3, "expected three axis codes"),
      ("match: {Modality: [/(/]}\nmodel: model", 1, "does not compile"),
      ("match: {Modality: MR}\nmodel: model\nfolds: [0, 0]", 3, "list of different fold numbers"),
      ("match: {Modality: MR}\nmodel: model\nwait: soon", 3, "expected a time such as 30s, 10m or 2h, found soon"),
      ("model: model\nchannels: [T1, FLAIR]", 2, "expected the model's channels in order, each with its conditions"),
      ("model: model\nchannels:\n  T1: {Modallity: MR}", 3, "unknown condition Modallity"),
      ("model: model\nchannels:\n  T1:", 3, "channel T1: expected at least one condition"),
      ("match: {Modality: MR, not: MR}\nmodel: model", 1, "not: expected at least one condition"),
      ("match: {Modality: MR}\nmodel: model\nidentify: perhaps", 3, "expected true or false, found perhaps"),
    ])
  func wrong(text: String, line: Int, message: String) throws {
    try book(["broken": text]) { book, _ in
      #expect(book.rules.isEmpty)
      let problem = try #require(book.problems.first)
      #expect(problem.file.path.hasSuffix("broken/rule.yaml"))
      #expect(problem.line == line)
      #expect(problem.message.contains(message), "\(problem)")
    }
  }

  @Test("keeps the last good rule when its file breaks, and says so")
  func fallingBack() throws {
    try book(["a": "match: {Modality: MR}\nmodel: model", "b": "match: {Modality: CT}\nmodel: model"]) { good, folder in
      try Data("match: nonsense".utf8).write(to: folder.appending(path: "a/rule.yaml"))
      let broken = RuleBook(readingFrom: folder)
      #expect(broken.rules.map { $0.name } == ["b"])
      let book = broken.fallingBack(on: good)
      #expect(Set(book.rules.map { $0.name }) == ["a", "b"])
      #expect(book.problems.count == 1)
    }
  }

  @Test("refuses a folder name that could not be a folder of the output tree")
  func folderName() throws {
    try book(["refused": "match: {Modality: MR}\nmodel: model", "räum": "match: {Modality: MR}\nmodel: model"]) {
      book, _ in
      #expect(book.rules.isEmpty)
      #expect(book.problems.count == 2)
    }
  }
}
