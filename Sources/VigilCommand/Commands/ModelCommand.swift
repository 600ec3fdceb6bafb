import ArgumentParser
import Foundation
import Models

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look at, import, export, calibrate, verify and digest trained-model folders.",
    subcommands: [Show.self, Import.self, Export.self, Calibrate.self, Verify.self, Digest.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What the model is: channels, labels, network, folds.")
    @Argument(help: "The trained-model folder.") var folder: String
    @Option(name: .long, help: "A configuration of the plan.") var configuration: String?
    @Flag(name: .long, help: "As one JSON line.") var json = false

    mutating func run() throws {
      try orExit(.scanFailed) {
        let summary = ModelSummary(
          try TrainedModel.load(folder: URL(filePath: folder).absoluteURL, configuration: configuration))
        if json { try Printing.json(summary) } else { Printing.answer(summary.description) }
      }
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copy an nnU-Net v2 trained-model folder as safetensors, checked and digested.")
    @Argument(help: "nnU-Net's folder: dataset.json, plans.json, fold_N/checkpoint_final.pth.") var source: String
    @Argument(help: "A folder that does not exist yet.") var destination: String
    @Option(name: .long, help: "all, or fold numbers separated by commas.") var folds = "all"

    mutating func run() throws {
      guard let selection = FoldSelection(folds) else { throw ValidationError("--folds: all, or numbers such as 0,1") }
      try orExit(.scanFailed) {
        let model = try ModelImport.run(
          from: URL(filePath: source).absoluteURL, to: URL(filePath: destination).absoluteURL, folds: selection)
        Printing.answer(ModelSummary(model).description)
      }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a trained configuration as nnU-Net v2 saves it, for nnUNetv2_predict_from_modelfolder.",
      discussion:
        "The folder gets dataset.json, plans.json and fold_N/checkpoint_final.pth. Networks with max pooling (--recipe paper) are refused: nnU-Net v2 has none."
    )
    @Argument(help: "A trained configuration: dataset.json, plans.json, fold_N/checkpoint_final.safetensors.")
    var source: String
    @Argument(help: "A folder that does not exist yet.") var destination: String
    @Option(name: .long, help: "A configuration of the plan (default: the one that the checkpoint names).")
    var configuration: String?
    @Option(name: .long, help: "all, or fold numbers separated by commas.") var folds = "all"

    mutating func run() throws {
      guard let selection = FoldSelection(folds) else { throw ValidationError("--folds: all, or numbers such as 0,1") }
      try orExit(.scanFailed) {
        let model = try ModelExport.run(
          from: URL(filePath: source).absoluteURL, to: URL(filePath: destination).absoluteURL,
          configuration: configuration, folds: selection)
        Printing.answer(ModelSummary(model).description)
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Digest the model's files and compare them with model.sha256.")
    @Argument(help: "The model folder.") var folder: String

    mutating func run() throws {
      let report = try orExit(.scanFailed) { try ModelVerification(of: URL(filePath: folder).absoluteURL) }
      for file in report.changed { Printing.answer("changed     \(file)") }
      for file in report.missing { Printing.answer("missing     \(file)") }
      for file in report.unrecorded { Printing.answer("unrecorded  \(file)") }
      Printing.answer(
        "\(report.isIntact ? "intact" : "NOT INTACT"): \(report.intact.count) files, model \(report.sha256)")
      if !report.isIntact { throw ExitCode.scanFailed }
    }
  }

  struct Digest: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the line by which Rules/trusted-models lets the model run; nothing in it is interpreted.")
    @Argument(help: "The model folder.") var folder: String

    mutating func run() throws {
      let place = URL(filePath: folder, directoryHint: .isDirectory).absoluteURL.standardizedFileURL
      let digest = try orExit(.scanFailed) { try ModelDigest(ofFolder: place) }
      Printing.answer("\(digest.sha256)  \(place.path)")
    }
  }
}
