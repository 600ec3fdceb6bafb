public import Tensors

/// A U-Net with its weights, ready to run: immutable, shared freely between tasks.
public struct UNet: Sendable {
  /// What it is.
  public let architecture: UNetArchitecture
  /// Channels of src.
  public let inputChannels: Int
  /// Classes or regions, K.
  public let outputChannels: Int
  private let input: ChannelLayout
  let encoder: [EncoderStage]
  let decoder: [DecoderStage]
  let head: Head

  /// `weights` by the names of nnU-Net's state dict (see `UNetArchitecture.parameters`); aliases may be among them.
  /// `largestTile`: of Winograd's filtering, 4 or 2; see ``ConvolutionShape/largestTile``.
  /// Throws what is missing, unexpected, misshapen or not finite, all at once, or that OpenBLAS cannot be loaded.
  public init(
    architecture: UNetArchitecture, inputChannels: Int, outputChannels: Int, weights: [String: Tensor],
    largestTile: Int = 4
  ) throws(NetworkError) {
    if let failure = OpenBLAS.failure { throw .noOpenBLAS(failure) }
    self.architecture = try architecture.checked()
    guard (1...UNetArchitecture.mostFeatures).contains(inputChannels),
      (1...UNetArchitecture.mostFeatures).contains(outputChannels)
    else { throw .shape(found: [inputChannels, outputChannels], expected: "at least one channel in and one out") }
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    let weights = try Weights(
      weights, architecture: architecture, inputChannels: inputChannels, outputChannels: outputChannels,
      largestTile: largestTile)
    input = .unpadded(inputChannels)
    encoder = EncoderStage.all(architecture, weights, input: input)
    var below = encoder[encoder.count - 1].layout
    decoder = (0..<architecture.stages - 1).map { index in
      let stage = DecoderStage(index, architecture, weights, below: below)
      below = stage.layout
      return stage
    }
    let last = architecture.stages - 2
    head = Head(
      weights: weights.kernel("decoder.seg_layers.\(last).weight"),
      bias: weights.vector("decoder.seg_layers.\(last).bias"), sourceLayout: below)
  }

  /// Logits `[K, D, H, W]` of src `[C, D, H, W]`, on all cores. For many windows give a workspace, whose memory is
  /// used again and again.
  public func forward(_ src: Tensor) throws(NetworkError) -> Tensor {
    try forward(src, in: Workspace(pool: WorkerPool()))
  }

  /// Logits `[K, D, H, W]` of src `[C, D, H, W]`. The spatial size must be divisible by `architecture.divisor` and leave more
  /// than one voxel at the lowest resolution; a 2D network takes one slice, D = 1. The same to the bit for any
  /// number of threads.
  public func forward(_ src: Tensor, in workspace: Workspace) throws(NetworkError) -> Tensor {
    head(try features(src, in: workspace), in: workspace)
  }

  /// Adds the logits of `features`, reversed along the axes `mirrored` (of `[D, H, W]`) and weighted, to the box of `sum` at `origin`; returns the
  /// first output that is not finite. Adds them as they are to `own`, where there is one. See `Head.accumulate`.
  func accumulate(
    _ features: FeatureMap, mirrored: [Int], importance: Tensor, factor: Float, origin: [Int], into sum: inout Tensor,
    and own: inout Tensor?, in workspace: Workspace
  ) -> Int? {
    head.accumulate(
      features, mirrored: mirrored, importance: importance, factor: factor, origin: origin, into: &sum, and: &own,
      in: workspace)
  }

  /// What the head reads of src `[C, D, H, W]`: all of the network but that.
  func features(_ src: consuming Tensor, in workspace: Workspace) throws(NetworkError) -> FeatureMap {
    try check(src.shape)
    let size = Array(src.shape[1...])
    var map = workspace.map(src, layout: input)
    _ = consume src
    var skips: [Skip] = []
    for (stage, block) in encoder.enumerated() where stage < encoder.count - 1 {
      let extent = architecture.extent(size, atStage: stage)
      if decoder[decoder.count - 1 - stage].takesSkipsPlace(extent, in: workspace) {
        map = block.forward(map, into: nil, in: workspace)
        skips.append(.map(map))
      } else {
        let features = architecture.featuresPerStage[stage]
        let concatenation = workspace.map(extent: extent, layout: ChannelLayout(groups: [features, features]))
        map = block.forward(map, into: concatenation.group(1), in: workspace)
        skips.append(.half(of: concatenation, part: map.pointwise))
      }
    }
    map = encoder[encoder.count - 1].forward(map, into: nil, in: workspace)
    for stage in decoder { map = stage.forward(map, skips.removeLast(), in: workspace) }
    return map
  }

  /// Throws what is wrong with a src of `shape` `[C, D, H, W]`.
  func check(_ shape: [Int]) throws(NetworkError) { try architecture.check(shape, inputChannels: inputChannels) }
}

extension UNetArchitecture {
  /// Throws what is wrong with a src of `shape` `[C, D, H, W]`.
  func check(_ shape: [Int], inputChannels: Int) throws(NetworkError) {
    guard shape.count == 4, shape[0] == inputChannels else {
      throw .shape(found: shape, expected: "\(inputChannels) input channels, [C, D, H, W]")
    }
    let extent = Array(shape[1...])
    guard dimensions == 3 || extent[0] == 1 else {
      throw .shape(found: shape, expected: "one slice at a time ([C, 1, H, W]) for a 2D network")
    }
    guard zip(extent, divisor).allSatisfy({ $0 > 0 && $0 % $1 == 0 }) else {
      throw .shape(found: shape, expected: "a spatial size divisible by \(divisor)")
    }
    guard self.extent(extent, atStage: stages - 1).reduce(1, *) > 1 else {
      throw .shape(found: shape, expected: "more than one voxel at the lowest resolution, to normalise over")
    }
  }
}
