import ArgumentParser
import Foundation
import Imaging
import Models
import Preprocessing
import Training
import Trust

extension ModelCommand {
  struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Learn from a model's cross-validation how far its results may be trusted: trust.json in its folder.",
      discussion:
        "Every training case is segmented by the networks of the fold that had not seen it. Which fold that was stands in the model's cross_validation.json (vigil select) or in nnU-Net's splits_final.json (--splits)."
    )
    @Argument(help: "The model's folder, which gets trust.json.") var model: String
    @Argument(help: "The data set it was trained on: dataset.json, imagesTr, labelsTr.") var dataset: String
    @Option(name: .long, help: ArgumentHelp("nnU-Net's splits_final.json.", valueName: "file")) var splits: String?
    @Option(name: .long, help: "Axis codes that the rule names, where it names any.") var orientation: String?
    @Option(
      name: .long, help: ArgumentHelp("Also write each case's signals, expected and true Dice here.", valueName: "file")
    )
    var table: String?
    @Option(name: .long, help: "Threads (default: one for each processor).") var jobs: Int?

    mutating func run() throws {
      let codes = try orientation.map { text in
        guard let codes = AxisCodes(text) else { throw ValidationError("--orientation: three axis codes such as RAS") }
        return codes
      }
      try orExit(.scanFailed) {
        let (folder, data) = (URL(filePath: model).absoluteURL, try DatasetFolder(URL(filePath: dataset).absoluteURL))
        let folds =
          try splits.map { try Calibrator.folds(splits: URL(filePath: $0)) } ?? Calibrator.folds(ofModel: folder)
        guard let folds else {
          throw ValidationError(
            "\(model) has no cross_validation.json: say with --splits which fold held back which case")
        }
        let calibrator = Calibrator(model: folder, dataset: data, folds: folds, orientation: codes, threads: jobs)
        let progress = CaseProgress("segmented")
        let cases = try calibrator.cases { if Printing.isTerminal { progress.show($0, of: $1) } }
        let calibration = try Calibration(
          fitting: cases, dataset: data.description,
          madeBy: "vigil model calibrate, \(cases.count) cases of \(data.folder.lastPathComponent)")
        let before = try ModelEnsemble.load(folder: folder).digest.sha256
        try ModelVerification.add(calibration.json, as: ModelEnsemble.trustName, to: folder)
        try Self.correctCard(in: folder, from: "\(before)", to: "\(ModelEnsemble.load(folder: folder).digest.sha256)")
        if let table {
          try Data(CalibrationCase.table(cases, calibration).utf8).write(to: URL(filePath: table), options: .atomic)
        }
        Printing.answer(Self.words(calibration))
      }
    }

    /// The model's card names its digest, which covers the calibration.
    private static func correctCard(in folder: URL, from before: String, to after: String) throws {
      let card = folder.appending(path: ModelCard.fileName)
      guard let text = try? String(contentsOf: card, encoding: .utf8), text.contains(before) else { return }
      try Data(text.replacing(before, with: after).utf8).write(to: card, options: .atomic)
    }

    private static func words(_ calibration: Calibration) -> String {
      let figures = calibration.figures
      let correlations = [("Pearson", figures.pearson), ("Spearman", figures.spearman)].map { name, value in
        "\(name) \(value.map { String(format: "%.3f", $0) } ?? "-")"
      }
      return """
        \(calibration.cases) cases, \(figures.count) pairs of expected and true Dice, each expected without the case's fold:
        correlation \(correlations.joined(separator: ", ")); mean error \(String(format: "%.4f", figures.meanError)); \
        calibration error \(String(format: "%.4f", figures.calibrationError)); flagged \(figures.flagged) of \(calibration.cases)
        """
    }
  }
}
