import Agent
import ArgumentParser
import DICOM
import Foundation
import Imaging
import Models
import Networks
import Preprocessing

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Seconds of each stage, and GFLOP/s of the network; one JSON line each.",
    subcommands: [All.self, Demo.self, Forward.self, Resample.self, Train.self], defaultSubcommand: All.self)

  /// A small version of each.
  struct All: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The demo's stages, and the hippocampus network.")
    @OptionGroup var rules: RulesOption

    mutating func run() async throws {
      try await Demo.measure(rules: rules.folder, repeats: 3)
      for preset in [ForwardBenchmark.Preset.hippocampus, .hippocampus2D] {
        Printing.answer(try ForwardBenchmark(preset).run().line)
      }
    }
  }

  struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The demo's scan through the shipped rule's model: seconds of each stage, median of the repeats.")
    @OptionGroup var rules: RulesOption
    @Option(name: .long, help: "How often.") var repeats = 5

    mutating func run() async throws { try await Self.measure(rules: rules.folder, repeats: max(1, repeats)) }
  }

  struct Forward: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One forward pass of a network with random weights.")
    @Option(name: .long, help: "\(ForwardBenchmark.Preset.allCases.map { $0.rawValue }.joined(separator: ", ")).")
    var network = "large-3d"
    @Option(name: .long, help: "How often.") var repeats = 5
    @Option(name: .long, help: "Threads.") var jobs: Int?
    @Flag(
      name: .long,
      help: "Which algorithm runs each convolution, and how long it takes; operations are the direct algorithm's.")
    var layers = false

    mutating func run() throws {
      guard let preset = ForwardBenchmark.Preset(rawValue: network) else {
        throw ValidationError(
          "--network: \(ForwardBenchmark.Preset.allCases.map { $0.rawValue }.joined(separator: ", "))")
      }
      let benchmark = try ForwardBenchmark(preset)
      guard layers else { return Printing.answer(try benchmark.run(runs: repeats, threads: jobs).line) }
      let (times, rest) = try benchmark.layerTimes(runs: repeats, threads: jobs)
      Printing.answer("convolution\talgorithm\tGFLOP\tms\tGFLOP/s")
      for (cost, seconds) in times {
        let gflop = Double(cost.operations) / 1e9
        Printing.answer(
          String(
            format: "%@\t%@\t%.3f\t%.2f\t%.0f", cost.layer, cost.algorithm, gflop, seconds * 1e3, gflop / seconds))
      }
      Printing.answer(String(format: "upsampling, head and the rest\t\t\t%.2f\t", rest * 1e3))
    }
  }

  struct Resample: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A scan to the network's spacing, or logits back to the scan; the result's JSON is the last line.")
    @Option(name: .long, help: "image or export.") var problem = "image"
    @Option(name: .long, help: "The scan, D,H,W.") var shape = "200,512,512"
    @Option(name: .long, help: "Its spacing, D,H,W, mm.") var spacing = "1.5,0.75,0.75"
    @Option(name: .long, help: "The network's spacing, D,H,W, mm.") var target = "1.5,1.5,1.5"
    @Option(name: .long, help: "Classes of the logits.") var heads = 6
    @Option(name: .long, help: "Threads.") var threads: Int?
    @Option(name: .customLong("repeat"), help: "How often.") var repeats = 5
    @Option(name: .long, help: "Little-endian floats to work on, instead of noise.") var input: String?
    @Option(name: .long, help: "Where the result's bytes go.") var output: String?

    mutating func run() throws {
      guard let kind = ResamplingBenchmark.Problem(rawValue: problem) else {
        throw ValidationError(
          "--problem: \(ResamplingBenchmark.Problem.allCases.map { $0.rawValue }.joined(separator: ", "))")
      }
      var benchmark = ResamplingBenchmark()
      benchmark.problem = kind
      benchmark.scanShape = try numbers(shape).map { Int($0) }
      benchmark.scanSpacing = try numbers(spacing)
      benchmark.networkSpacing = try numbers(target)
      benchmark.heads = heads
      benchmark.threads = threads ?? Threads.available
      benchmark.repetitions = repeats
      try Printing.json(
        try benchmark.run(input: input.map { URL(filePath: $0) }, output: output.map { URL(filePath: $0) }))
    }

    private func numbers(_ text: String) throws -> [Double] {
      let numbers = text.split(separator: ",").compactMap { Double($0) }
      guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
        throw ValidationError("expected three positive numbers, D,H,W, found \(text)")
      }
      return numbers
    }
  }
}

extension BenchCommand {
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One training iteration of a plain U-Net: forward, loss, backward, optimiser.")
    @Option(name: .long, help: "The patch, D,H,W or H,W.") var patch = "40,56,40"
    @Option(name: .long, help: "Samples in a batch.") var batch = 4
    @Option(name: .long, help: "Features of each stage.") var features = "16,32,64,128"
    @Option(name: .long, help: "Classes, background included.") var classes = 3
    @Option(name: .long, help: "How often.") var repeats = 5
    @Option(name: .long, help: "Threads.") var jobs: Int?

    mutating func run() throws {
      let (patch, features) = (try numbers(self.patch), try numbers(self.features))
      guard [2, 3].contains(patch.count) else { throw ValidationError("--patch: two or three numbers") }
      guard (1...4096).contains(batch), (1...255).contains(classes) else {
        throw ValidationError("--batch is 1 to 4096, --classes 1 to 255")
      }
      let benchmark = TrainingBenchmark(features: features, patch: patch, batch: batch, classes: classes)
      Printing.answer(try benchmark.run(runs: repeats, threads: jobs).line)
    }

    private func numbers(_ text: String) throws -> [Int] {
      let parts = text.split(separator: ",")
      let numbers = parts.compactMap { Int($0) }
      guard numbers.count == parts.count, numbers.allSatisfy({ (1...8192).contains($0) }) else {
        throw ValidationError("expected numbers like 40,56,40, found \(text)")
      }
      return numbers
    }
  }
}

extension BenchCommand.Demo {
  private struct Line: Encodable {
    let stage: String
    let median: Double
    let min: Double
    let max: Double
    let repeats: Int
  }

  /// Where Debian's `mricron-data` puts the head that the demo cuts its scan from.
  private static let templates = URL(filePath: "/usr/share/mricron/templates")

  static func measure(rules: URL, repeats: Int) async throws {
    let place = FileManager.default.temporaryDirectory.appending(path: "vigil-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: place) }
    let files = try SampleSeries().write(try block(), to: place).files
    let clock = ContinuousClock()
    var seconds: [String: [Double]] = [:]
    func time<Value>(_ stage: String, _ work: () async throws -> Value) async throws -> Value {
      let start = clock.now
      defer { seconds[stage, default: []].append((clock.now - start) / .seconds(1)) }
      return try await work()
    }
    let model = try await time("load model") {
      try TrainedModel.load(folder: rules.appending(path: "hippocampus/model"))
    }
    let segmenter = try Segmenter(model)
    for _ in 0..<repeats {
      let made = try await time("convert") { try await Conversion.convert(files) }
      guard let scan = made.results.first?.scan else { throw CleanExit.message("the sample did not convert") }
      let result = try segmenter.segment([scan.volume.reoriented(to: .ras)])
      seconds["preprocess", default: []].append(result.seconds.prepare)
      seconds["infer", default: []].append(result.seconds.predict)
      seconds["postprocess", default: []].append(result.seconds.restore)
      _ = try await time("write nifti") {
        try NIfTI.data(result.segmentation.labels).count + NIfTI.data(scan.volume).count
      }
    }
    for stage in ["load model", "convert", "preprocess", "infer", "postprocess", "write nifti"] {
      let sorted = (seconds[stage] ?? []).sorted()
      guard let first = sorted.first, let last = sorted.last else { continue }
      try Printing.json(
        Line(stage: stage, median: sorted[sorted.count / 2], min: first, max: last, repeats: sorted.count))
    }
  }

  /// The demo's block of the head, the left hippocampus with 5 mm around it.
  private static func block() throws -> Volume {
    let head = try NIfTI.read(templates.appending(path: "ch2.nii.gz"))
    let atlas = try NIfTI.readLabels(templates.appending(path: "aal.nii.gz"))
    guard let found = atlas.statistics()[37] else { throw CleanExit.message("the atlas has no label 37") }
    return head.cropped(to: found.box.grown(by: 5, in: head.geometry))
  }
}
