public import Tensors

/// A U-Net whose weights change: forward, backward, and the flat buffers an optimiser works on. Not Sendable: one
/// task at a time uses it. `PlainUNet` is its plain twin.
public final class TrainableUNet {
  /// What it is.
  public let architecture: UNetArchitecture
  /// Channels of src.
  public let inputChannels: Int
  /// Classes or regions, K.
  public let outputChannels: Int
  /// Whether every decoder stage's segmentation layer gives logits, or the last alone.
  public let deepSupervision: Bool
  /// In the order of the state dict, one after the other from 0.
  public let parameters: [ParameterSlice]
  /// Every parameter; change them in place between steps.
  public var values: [Float]
  private var results: StepGradients
  private let slices: [String: ParameterSlice]
  private let workspace: Workspace
  private let input: ChannelLayout
  private let encoder: [EncoderLayers]
  private let decoder: [DecoderLayers]

  /// `weights` by the names of nnU-Net's state dict; `threads` nil is all cores. Throws as `UNet` does.
  public init(
    architecture: UNetArchitecture, inputChannels: Int, outputChannels: Int, weights: [String: Tensor],
    deepSupervision: Bool, threads: Int? = nil
  ) throws(NetworkError) {
    // Checks what there is to check, once.
    _ = try UNet(
      architecture: architecture, inputChannels: inputChannels, outputChannels: outputChannels, weights: weights)
    let checked = try Weights(
      weights, architecture: architecture, inputChannels: inputChannels, outputChannels: outputChannels)
    self.architecture = architecture
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.deepSupervision = deepSupervision
    parameters = architecture.slices(
      inputChannels: inputChannels, outputChannels: outputChannels, deepSupervision: deepSupervision)
    values = parameters.flatMap { checked.vector($0.name) ?? [] }
    slices = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
    results = StepGradients(slices)
    workspace = Workspace(pool: WorkerPool(threads: threads))
    input = .unpadded(inputChannels)
    var source = input
    encoder = (0..<architecture.stages).map { stage in
      let layers = EncoderLayers(stage, architecture, source: source)
      source = layers.layout
      return layers
    }
    decoder = (0..<architecture.stages - 1).map { index in
      let layers = DecoderLayers(index, architecture, below: source)
      source = layers.layout
      return layers
    }
  }

  /// dL/d parameter of the last backward pass.
  public var gradients: [Float] { results.values }

  /// For each of `parameters`, whether the logits of the last backward pass that had a gradient depend on it. PyTorch's optimisers
  /// leave the others alone, weight decay and all: nnU-Net's lowest segmentation layer, whose loss has weight 0.
  public var hasGradient: [Bool] { parameters.map { results.written.contains($0.name) } }

  /// Logits per sample: one level, or one for every decoder stage.
  public var levels: Int { deepSupervision ? architecture.stages - 1 : 1 }

  /// The parameters by name, in the checkpoint's shapes.
  public func weights() -> [String: Tensor] {
    slices.mapValues { Tensor(shape: $0.shape, elements: Array(values[$0.range])) }
  }

  /// Logits `[K, d, h, w]` per level (full resolution first) and sample of src, each `[C, D, H, W]` of one shape. Keeps what
  /// `backward` needs. Throws for shapes that do not suit the network.
  public func forward(_ src: [Tensor]) throws(NetworkError) -> [[Tensor]] {
    guard let shape = src.first?.shape, src.allSatisfy({ $0.shape == shape }) else {
      throw .shape(found: src.map { $0.count }, expected: "a batch of tensors of one shape")
    }
    try architecture.check(shape, inputChannels: inputChannels)
    load(extent: Array(shape[1...]), samples: src.count)
    var maps = src.map { workspace.map($0, layout: input) }
    var skips: [(concatenations: [FeatureMap], parts: [Pointwise?])] = []
    for (stage, layers) in encoder.enumerated().dropLast() {
      let layout = ChannelLayout(groups: [architecture.featuresPerStage[stage], architecture.featuresPerStage[stage]])
      let extent = architecture.extent(Array(shape[1...]), atStage: stage)
      let concatenations = src.map { _ in workspace.map(extent: extent, layout: layout) }
      maps = layers.forward(maps, into: concatenations.map { $0.group(1) }, in: workspace)
      skips.append((concatenations, maps.map { $0.pointwise }))
    }
    maps = encoder[encoder.count - 1].forward(maps, into: nil, in: workspace)
    for layers in decoder {
      let (concatenations, parts) = skips.removeLast()
      maps = layers.forward(maps, concatenations, skipParts: parts, in: workspace)
    }
    return decoder.suffix(levels).reversed().map { $0.logits(in: workspace) }
  }

  /// Logits `[K, D, H, W]` at full resolution of each src, keeping nothing for a backward pass.
  public func logits(_ src: [Tensor]) throws(NetworkError) -> [Tensor] {
    let logits = try forward(src)[0]
    forget()
    return logits
  }

  /// Fills `gradients`, summed over the samples, for dL/d logits of the last forward pass, per level and sample. A level may
  /// be empty where the loss does not depend on it.
  public func backward(_ dlogits: [[Tensor]]) {
    precondition(dlogits.count == levels && !dlogits[0].isEmpty, "dL/d logits of each level, of the first in any case")
    loadWayBack()
    results.clear()
    var gradient: [FeatureMap]?
    var skips: [[FeatureMap]?] = []
    for (i, layers) in decoder.reversed().enumerated() {
      let result = layers.backward(
        gradient, dlogits: i < levels ? dlogits[i] : [], &results, in: workspace)
      gradient = result?.below
      skips.append(result?.skip)
    }
    for (stage, layers) in encoder.enumerated().reversed() {
      guard let own = stage == encoder.count - 1 ? gradient : skips[stage] else { continue }
      layers.backward(own, addingTo: stage == 0 ? nil : skips[stage - 1], &results, in: workspace)
    }
    forget()
  }

  private func forget() {
    for layers in encoder { layers.forget() }
    for layers in decoder { layers.forget() }
  }

  // The layers' weights in the orders of their algorithms; the largest first, so that the threads end together.
  private func load(extent: [Int], samples: Int) {
    let parameters = StepParameters(values, slices)
    var layers: [(ConvolutionLayer, extent: [Int])] = []
    for (stage, stages) in encoder.enumerated() {
      let own = architecture.extent(extent, atStage: stage)
      let above = architecture.extent(extent, atStage: max(0, stage - 1))
      layers += stages.convolutions.map { ($0.layer, $0.readsHigherResolution ? above : own) }
    }
    for (index, stage) in decoder.enumerated() {
      let own = architecture.extent(extent, atStage: architecture.stages - 2 - index)
      layers += stage.convolutions.map { ($0, own) }
    }
    layers.sort { $0.0.weightCount > $1.0.weightCount }
    workspace.forEach(layers.count + decoder.count) { i in
      if i < layers.count {
        layers[i].0.load(parameters, extent: layers[i].extent, samples: samples)
      } else {
        decoder[i - layers.count].load(parameters)
      }
    }
  }

  private func loadWayBack() {
    let parameters = StepParameters(values, slices)
    let all = encoder.flatMap { $0.convolutions.map { $0.layer } } + decoder.flatMap { $0.convolutions }
    // All but the first, whose src is the image.
    let layers = all.dropFirst().sorted { $0.weightCount > $1.weightCount }
    workspace.forEach(layers.count + decoder.count) { i in
      if i < layers.count {
        layers[i].loadWayBack(parameters)
      } else {
        decoder[i - layers.count].loadWayBack(parameters)
      }
    }
  }
}
