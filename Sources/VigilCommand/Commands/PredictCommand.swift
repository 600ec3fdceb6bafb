import Agent
import ArgumentParser
import Foundation
import Imaging
import Models
import Networks
import Preprocessing
import Tensors
import Trust

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Run a trained nnU-Net v2 model on NIfTI images, as nnU-Net does.",
    discussion: "Images are taken in the axis order in which they are stored, as nnU-Net takes them.")

  @Option(name: .long, help: ArgumentHelp("The trained-model folder.", valueName: "dir"))
  var model: String
  @Option(name: .long, help: ArgumentHelp("One image a channel, separated by commas.", valueName: "files"))
  var input: String
  @Option(name: .long, help: ArgumentHelp("The segmentation to write.", valueName: "file"))
  var output: String
  @Option(name: .long, help: "A configuration of the plan (default: the one the checkpoint names).")
  var configuration: String?
  @Option(name: .long, help: "all, or fold numbers separated by commas.")
  var folds = "all"
  @Flag(name: .long, help: "Do not average over mirrored inputs.")
  var noMirroring = false
  @Option(name: .long, help: "Distance of windows as a fraction of the patch.")
  var stepSize = 0.5
  @Option(
    name: .long, help: ArgumentHelp("Also write the probabilities, one 3D image a head, numbered.", valueName: "file"))
  var probabilities: String?
  @Option(name: .long, help: "Threads (default: one for each processor).")
  var jobs: Int?
  @Flag(name: .long, help: "Say how far the result may be trusted, as one JSON line.")
  var trust = false
  @Option(name: .long, help: "The most memory that it may take, for instance 8G (default: what is free).")
  var memory: ByteCount?
  @Flag(name: .long, help: "Seconds of each phase, memory and volumes as one JSON line.")
  var json = false

  mutating func run() throws {
    guard let selection = FoldSelection(folds) else { throw ValidationError("--folds: all, or numbers such as 0,1") }
    guard stepSize > 0, stepSize <= 1 else { throw ValidationError("--step-size: above 0, at most 1") }
    let (start, clock) = (ContinuousClock.now, ContinuousClock())
    try orExit(.scanFailed) {
      let trained = try ModelEnsemble.load(
        folder: URL(filePath: model).absoluteURL, configuration: configuration, folds: selection)
      let loaded = clock.now
      let judge = trust ? try Judge(trained) : nil
      var options = Segmenter.Options(mirroring: !noMirroring, stepSize: stepSize, threads: jobs)
      options.tallies = trust
      let segmenter = try Segmenter(trained, options: options)
      let prepared = try prepared(segmenter)
      let (inferred, estimate) = try logits(prepared, segmenter)
      let result = try segmenter.restore(inferred, wantsProbabilities: probabilities != nil)
      try NIfTI.write(result.segmentation.labels, to: URL(filePath: output))
      if let probabilities, let values = result.probabilities {
        try write(values, to: probabilities, on: result.segmentation.labels.geometry)
      }
      if let judge {
        try Printing.json(
          judge.report(
            image: images(1)[0], labels: result.segmentation.labels, votes: inferred.votes,
            axisCodes: inferred.axisCodes))
      }
      guard json else { return }
      try Printing.json(
        Report(
          load: (loaded - start) / .seconds(1), phases: result.seconds, total: (clock.now - start) / .seconds(1),
          windows: result.facts.windows, mirrors: result.facts.mirrors, folds: result.facts.folds,
          memory: .init(estimated: estimate.total, parts: estimate, peak: ProcessMemory.peak),
          labels: result.segmentation.perLabel, warnings: trained.warnings + result.trace.warnings))
    }
  }

  /// In a function of its own, so that the images are gone when the network runs.
  private func prepared(_ segmenter: Segmenter) throws -> SegmenterInput {
    try segmenter.prepare(images())
  }

  /// The first images of the input, all if not said.
  private func images(_ count: Int = .max) throws -> [Volume] {
    try input.split(separator: ",").prefix(count).map { try NIfTI.read(URL(filePath: String($0))) }
  }

  /// Says what memory each model will need, and refuses where there is less.
  private func logits(
    _ prepared: SegmenterInput, _ segmenter: Segmenter
  ) throws -> (SegmenterOutput, ScanMemory) {
    let reporter = ProgressReporter(writesStages: false)
    let voxels = prepared.prepared.trace.shapeBeforeCropping.reduce(1, *)
    var (largest, refusal): (ScanMemory?, String?) = (nil, nil)
    do {
      let output = try segmenter.infer(
        prepared,
        admits: { predictor, scan in
          guard
            let needs = segmenter.memory(
              of: predictor, for: scan, scanBytes: 0, wantsProbabilities: probabilities != nil)
          else {
            refusal = "the scan is too large to count its memory: shape \(scan.tensor.shape)"
            return false
          }
          if needs.total > largest?.total ?? 0 { largest = needs }
          Printing.aside(needs.sentence)
          refusal = needs.refusal(allowed: memory.map { Int($0.bytes) })
          return refusal == nil
        },
        progress: { step in
          reporter.progressed(JourneyProgress(series: "predict", rule: "", voxels: voxels, step: step))
        })
      guard let largest else { throw Refusal(description: "no model was run") }
      return (output, largest)
    } catch {
      throw refusal.map { Refusal(description: $0) } ?? error
    }
  }

  private struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  /// `[K, D, H, W]` as one image a head: `name-0.nii.gz`, `name-1.nii.gz`, ...
  private func write(_ values: Tensor, to path: String, on geometry: Geometry) throws {
    let ending = path.hasSuffix(".nii.gz") ? ".nii.gz" : ".nii"
    let stem = path.hasSuffix(ending) ? String(path.dropLast(ending.count)) : path
    for head in 0..<values.shape[0] {
      let block = values.elements[head * geometry.count..<(head + 1) * geometry.count]
      try NIfTI.write(Volume(geometry: geometry, voxels: Array(block)), to: URL(filePath: "\(stem)-\(head)\(ending)"))
    }
  }

  private struct Report: Encodable {
    let load: Double
    let phases: SegmentedScan.Seconds
    let total: Double
    let windows: Int
    let mirrors: Int
    let folds: Int
    let memory: Memory
    let labels: [Segmentation.Measurement]
    let warnings: [String]
  }

  /// Bytes: what was expected before the run, its parts, and the most that the process has held.
  private struct Memory: Encodable {
    let estimated: Int
    let parts: ScanMemory
    let peak: Int
  }
}

extension ScanMemory {
  /// "memory: about 1100 MiB ..."
  fileprivate var sentence: String {
    func mib(_ bytes: Int) -> Int { bytes >> 20 }
    return
      "memory: about \(mib(total)) MiB (weights \(mib(weights)), scan and logits \(mib(scan + volume)), network \(mib(activations)), \(mib(ProcessMemory.available)) MiB free)"
  }

  /// Why the run must not begin, where more would be held than `allowed` or than there is.
  fileprivate func refusal(allowed: Int?) -> String? {
    if let allowed, total > allowed {
      return
        "the run needs about \(total >> 20) MiB, --memory allows \(allowed >> 20): allow more, or run fewer folds"
    }
    // The models are loaded by now.
    let free = ProcessMemory.available
    guard beyondModels > free else { return nil }
    return
      "the run needs about \(beyondModels >> 20) MiB more, \(free >> 20) MiB are free: free some, run fewer folds, or use a larger machine"
  }
}
