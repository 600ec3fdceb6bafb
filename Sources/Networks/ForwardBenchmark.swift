internal import Foundation
internal import Tensors

/// Seconds for one forward pass of a network with random weights, for comparison with other engines: the counterpart of
/// `forward.py`.
public struct ForwardBenchmark: Sendable {
  /// The networks worth comparing, with the patch their plans give.
  public enum Preset: String, Sendable, CaseIterable {
    /// What nnU-Net plans for a large 3D task: six stages, 32 to 320 features, 128^3, six classes; 955 GFLOP.
    case large3D = "large-3d"
    /// The 3d_fullres plan of MSD Task04, 40 x 56 x 40.
    case hippocampus
    /// The same with half as many features, as trained models of it have.
    case hippocampusSmall = "hippocampus-small"
    /// The 2d plan of MSD Task04, 56 x 40.
    case hippocampus2D = "hippocampus-2d"
    /// The 2d plan of a large CT task, 512 x 512.
    case large2D = "large-2d"
    /// The residual encoder preset L on 128^3.
    case residualL = "resenc-l"
  }

  /// One line of results.
  public struct Result: Sendable, Codable {
    /// "vigil f32".
    public let peer: String
    /// Best and middle of the runs.
    public let seconds: Double
    /// Middle of the runs.
    public let median: Double
    /// Operations by the direct algorithms, in billions, and those per second of the best run.
    public let gflop: Double
    /// Of the best run.
    public let gflopPerSecond: Double
    /// Activations and weights, transformed ones included.
    public let mebibytes: Int
    /// Threads used.
    public let threads: Int
    /// Vectors used.
    public let instructionSet: String

    private enum CodingKeys: String, CodingKey {
      case peer, seconds, median, gflop, threads
      case gflopPerSecond = "gflop_per_s"
      case mebibytes = "mib"
      case instructionSet = "instruction_set"
    }

    /// As JSON on one line.
    public var line: String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
  }

  private let network: UNet
  private let extent: [Int]

  /// `patch` `[D, H, W]`, or `[H, W]` for a 2D network.
  public init(
    architecture: UNetArchitecture, inputChannels: Int, outputChannels: Int, patch: [Int]
  ) throws(NetworkError) {
    extent = patch.count == 2 ? [1] + patch : patch
    network = try UNet(
      architecture: architecture, inputChannels: inputChannels, outputChannels: outputChannels,
      weights: Self.weights(architecture, inputChannels, outputChannels))
    try network.check([inputChannels] + extent)
  }

  /// One input channel; six classes on the large networks, three on the hippocampus.
  public init(_ preset: Preset) throws(NetworkError) {
    let classes = preset.patch.reduce(1, *) < 1 << 17 ? 3 : 6
    try self.init(
      architecture: preset.architecture, inputChannels: 1, outputChannels: classes, patch: preset.patch)
  }

  /// Every convolution with the algorithm that runs it.
  public var layers: [LayerCost] { network.layerCosts(extent: extent) }

  /// One pass to prepare, then `runs` that count; `threads` nil is all cores.
  public func run(runs: Int = 5, threads: Int? = nil) throws(NetworkError) -> Result {
    let workspace = Workspace(pool: WorkerPool(threads: threads))
    let src = Tensor(
      shape: [network.inputChannels] + extent, elements: Self.normal(extent.reduce(network.inputChannels, *), seed: 1))
    _ = try network.forward(src, in: workspace)
    var seconds: [Double] = []
    for _ in 0..<max(1, runs) {
      let start = ContinuousClock.now
      _ = try network.forward(src, in: workspace)
      seconds.append((ContinuousClock.now - start) / .seconds(1))
    }
    seconds.sort()
    let gflop = Double(network.operations(extent: extent)) / 1e9
    return Result(
      peer: "vigil f32", seconds: seconds[0], median: seconds[seconds.count / 2], gflop: gflop,
      gflopPerSecond: gflop / seconds[0], mebibytes: (workspace.peakBytes + network.weightBytes(extent: extent)) >> 20,
      threads: workspace.pool.threads, instructionSet: workspace.instructionSet.rawValue)
  }

  /// Every convolution in the order they run, with the middle of its seconds over `runs` passes, and the rest of a pass.
  public func layerTimes(
    runs: Int = 5, threads: Int? = nil
  ) throws(NetworkError) -> (layers: [(cost: LayerCost, seconds: Double)], rest: Double) {
    let workspace = Workspace(pool: WorkerPool(threads: threads))
    let src = Tensor(
      shape: [network.inputChannels] + extent, elements: Self.normal(extent.reduce(network.inputChannels, *), seed: 1))
    _ = try network.forward(src, in: workspace)
    var (passes, whole): ([[ConvolutionTime]], [Double]) = ([], [])
    for _ in 0..<max(1, runs) {
      workspace.convolutionTimes = []
      let start = ContinuousClock.now
      _ = try network.forward(src, in: workspace)
      whole.append((ContinuousClock.now - start) / .seconds(1))
      passes.append(workspace.convolutionTimes ?? [])
    }
    let layers = passes[0].enumerated().map { index, time in
      (LayerCost(time.shape, time.extent, time.algorithm), Self.middle(passes.map { $0[index].seconds }))
    }
    return (layers, Self.middle(whole) - layers.reduce(0) { $0 + $1.1 })
  }

  private static func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  // He-normal weights, so that activations keep the size they have in a trained network.
  private static func weights(_ architecture: UNetArchitecture, _ inputs: Int, _ outputs: Int) -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    for (i, parameter) in architecture.parameters(inputChannels: inputs, outputChannels: outputs).enumerated() {
      let count = parameter.shape.reduce(1, *)
      guard parameter.shape.count > 1 else {
        let value: Float = parameter.name.hasSuffix("norm.weight") ? 1 : 0
        weights[parameter.name] = Tensor(shape: parameter.shape, repeating: value)
        continue
      }
      let scale = Float((2 / Double(parameter.shape[1...].reduce(1, *))).squareRoot())
      weights[parameter.name] = Tensor(
        shape: parameter.shape, elements: normal(count, seed: UInt64(i) + 2).map { $0 * scale })
    }
    return weights
  }

  // Sums of four uniform numbers: near enough to normal, and fast.
  static func normal(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let parts = (0..<4).map { Float(Int16(truncatingIfNeeded: state >> (16 * $0))) }
      return (parts[0] + parts[1] + parts[2] + parts[3]) / 37837
    }
  }
}

extension ForwardBenchmark.Preset {
  /// As its planner makes it.
  public var architecture: UNetArchitecture {
    switch self {
    case .large3D: Self.plain(3, [32, 64, 128, 256, 320, 320])
    case .hippocampus: Self.plain(3, [32, 64, 128, 256])
    case .hippocampusSmall: Self.plain(3, [16, 32, 64, 128])
    case .hippocampus2D: Self.plain(2, [32, 64, 128, 256])
    case .large2D: Self.plain(2, [32, 64, 128, 256, 512, 512, 512, 512])
    case .residualL: Self.residual([32, 64, 128, 256, 320, 320], blocks: [1, 3, 4, 6, 6, 6])
    }
  }

  /// `[D, H, W]` or `[H, W]`.
  public var patch: [Int] {
    switch self {
    case .large3D, .residualL: [128, 128, 128]
    case .hippocampus, .hippocampusSmall: [40, 56, 40]
    case .hippocampus2D: [56, 40]
    case .large2D: [512, 512]
    }
  }

  private static func plain(_ dimensions: Int, _ features: [Int]) -> UNetArchitecture {
    let first = dimensions == 2 ? 1 : 3
    let stride = [dimensions == 2 ? 1 : 2, 2, 2]
    return UNetArchitecture(
      kind: .plainConvUNet, dimensions: dimensions, featuresPerStage: features,
      kernelSizes: features.map { _ in [first, 3, 3] },
      strides: [[1, 1, 1]] + features.dropFirst().map { _ in stride },
      blocksPerStage: features.map { _ in 2 }, convolutionsPerDecoderStage: features.dropFirst().map { _ in 2 })
  }

  private static func residual(_ features: [Int], blocks: [Int]) -> UNetArchitecture {
    UNetArchitecture(
      kind: .residualEncoderUNet, featuresPerStage: features, kernelSizes: features.map { _ in [3, 3, 3] },
      strides: [[1, 1, 1]] + features.dropFirst().map { _ in [2, 2, 2] }, blocksPerStage: blocks,
      convolutionsPerDecoderStage: features.dropFirst().map { _ in 1 })
  }
}
