internal import Synchronization
public import Tensors

/// Runs an ensemble of networks over whole volumes. Immutable and Sendable: the model stays loaded between scans, and
/// several scans may share it (their layers take turns on the threads, or where passes go side by side the passes of a fold).
public struct Predictor: Sendable {
  /// The folds, averaged in this order.
  public let networks: [UNet]
  /// How they are led over the volume.
  public let window: SlidingWindow
  let pool: WorkerPool
  let lanes: PassLanes
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
    lanes = PassLanes(networks, extent: window.extent, pool: pool)
    importance = window.importance
  }

  /// Logits of src `[C, D, H, W]` (preprocessed). Blocks for the whole prediction. For each forward pass, in order, `isCancelled` is
  /// asked and then, once its logits are added up, `progress` called: from any thread, one at a time. When the answer is true what was
  /// computed is thrown away, by passes that run side by side one more each. With `tallying`, what each network said by itself is counted too.
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
    var workspaces = lanes.pools.map { Workspace(pool: $0) }
    var sum = Tensor(shape: [networks[0].outputChannels] + size)
    var done = 0
    var tally = tallying.flatMap {
      TallyKeeper(
        $0, heads: networks[0].outputChannels, shape: size, origins: origins, extent: window.extent,
        passes: facts.mirrors)
    }
    // What the network at hand says in the window at hand, summed over mirrors; only counting needs it apart.
    var own = tally.map { _ in Tensor(shape: [networks[0].outputChannels] + window.extent) }
    let mirrorings = window.mirrorings
    let failure = Mutex<NetworkError?>(nil)
    let fails = { (error: NetworkError) in failure.withLock { $0 = $0 ?? error } }
    for (fold, network) in networks.enumerated() {
      if isCancelled?() == true { throw .cancelled }
      lanes.run(origins.count * mirrorings.count) { pass, lane -> FeatureMap? in
        if lanes.pools.count == 1, isCancelled?() == true { fails(.cancelled) }
        guard failure.withLock({ $0 == nil }) else { return nil }
        let (origin, mirrored) = (origins[pass / mirrorings.count], mirrorings[pass % mirrorings.count])
        do throws(NetworkError) {
          return try network.features(
            Window.extract(src, origin: origin, extent: window.extent, mirrored: mirrored), in: workspaces[lane])
        } catch {
          fails(error)
          return nil
        }
      } take: { pass, lane, features in
        if lanes.pools.count > 1, isCancelled?() == true { fails(.cancelled) }
        guard let features, failure.withLock({ $0 == nil }) else { return }
        let (origin, mirrored) = (origins[pass / mirrorings.count], mirrorings[pass % mirrorings.count])
        let channel = network.accumulate(
          features, mirrored: mirrored, importance: importance, factor: 1 / Float(facts.mirrors), origin: origin,
          into: &sum, and: &own, in: workspaces[lane])
        if let channel { return fails(.notFinite(fold: fold, origin: origin, channel: channel)) }
        if mirrored.isEmpty, let own { tally?.look(atFirst: own, origin: origin) }
        done += 1
        progress?(PredictionProgress(done: done, total: facts.forwardPasses))
        if pass % mirrorings.count == mirrorings.count - 1, let said = own {
          tally?.look(atSum: said, origin: origin)
          own = Tensor(shape: said.shape)
        }
      }
      if let failure = failure.withLock({ $0 }) { throw failure }
      tally?.finish()
    }
    // The activations are not needed any more.
    workspaces = []
    own = nil
    Window.divide(&sum, by: importance, at: origins, factor: Float(networks.count), in: Workspace(pool: pool))
    return Logits(values: sum, facts: facts, tallies: tally?.tallies ?? [])
  }
}
