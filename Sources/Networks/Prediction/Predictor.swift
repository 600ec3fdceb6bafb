public import Tensors

/// Runs an ensemble of networks over whole volumes. Immutable and Sendable: the model stays loaded between scans, and
/// several scans may share it (their layers take turns on the threads).
public struct Predictor: Sendable {
  /// The folds, averaged in this order.
  public let networks: [UNet]
  /// How they are led over the volume.
  public let window: SlidingWindow
  let pool: WorkerPool
  private let importance: Tensor

  /// `threads` nil: every core. Throws when there is no network, when networks differ in channels, or when the window does
  /// not suit them.
  public init(networks: [UNet], window: SlidingWindow, threads: Int? = nil) throws(NetworkError) {
    guard let first = networks.first else { throw .window("there is no network to run") }
    for network in networks {
      guard network.inputChannels == first.inputChannels, network.outputChannels == first.outputChannels else {
        throw .shape(
          found: [network.inputChannels, network.outputChannels],
          expected: "\(first.inputChannels) channels in and \(first.outputChannels) out, as the first fold has")
      }
      guard network.architecture.dimensions == window.patchSize.count else {
        throw .window("a \(network.architecture.dimensions)D network and a patch of \(window.patchSize)")
      }
      try network.check([network.inputChannels] + window.extent)
    }
    self.networks = networks
    self.window = window
    pool = WorkerPool(threads: threads)
    importance = window.importance
  }

  /// Logits of src `[C, D, H, W]` (preprocessed). Blocks for the whole prediction; `progress` is called after each forward pass,
  /// `isCancelled` asked before each. With `tallying`, what each network said by itself is counted too.
  public func predict(
    _ src: Tensor, tallying: FoldTally.Competition? = nil, progress: ((PredictionProgress) -> Void)? = nil,
    isCancelled: (() -> Bool)? = nil
  ) throws(NetworkError) -> Logits {
    guard src.shape.count == 4, src.shape[0] == networks[0].inputChannels, src.count > 0 else {
      throw .shape(found: src.shape, expected: "\(networks[0].inputChannels) input channels, [C, D, H, W]")
    }
    let size = Array(src.shape[1...])
    let (below, padded) = window.padded(size)
    // The windows' origins in src, where the padding lies outside: windows read zero there, and write nothing.
    let origins = window.origins(padded).map { origin in zip(origin, below).map { $0 - $1 } }
    let facts = PredictionFacts(windows: origins.count, mirrors: window.mirrorings.count, folds: networks.count)
    Workspace.giveBackIdleMemory()
    var workspace = Workspace(pool: pool)
    var sum = Tensor(shape: [networks[0].outputChannels] + size)
    var done = 0
    var tally = tallying.flatMap {
      TallyKeeper(
        $0, heads: networks[0].outputChannels, shape: size, origins: origins, extent: window.extent,
        passes: facts.mirrors)
    }
    // What the network at hand says in the window at hand, summed over mirrors; only counting needs it apart.
    var own = tally.map { _ in Tensor(shape: [networks[0].outputChannels] + window.extent) }
    for (fold, network) in networks.enumerated() {
      for origin in origins {
        for mirrored in window.mirrorings {
          if isCancelled?() == true { throw .cancelled }
          let failure = try network.forward(
            Window.extract(src, origin: origin, extent: window.extent, mirrored: mirrored), mirrored: mirrored,
            importance: importance, factor: 1 / Float(facts.mirrors), origin: origin,
            addingTo: &sum, and: &own, in: workspace)
          if let failure { throw .notFinite(fold: fold, origin: origin, channel: failure) }
          if mirrored.isEmpty, let own { tally?.look(atFirst: own, origin: origin) }
          done += 1
          progress?(PredictionProgress(done: done, total: facts.forwardPasses))
        }
        if let said = own {
          tally?.look(atSum: said, origin: origin)
          own = Tensor(shape: said.shape)
        }
      }
      tally?.finish()
    }
    // The activations are not needed any more.
    workspace = Workspace(pool: pool)
    own = nil
    Window.divide(&sum, by: importance, at: origins, factor: Float(networks.count), in: workspace)
    return Logits(values: sum, facts: facts, tallies: tally?.tallies ?? [])
  }
}
