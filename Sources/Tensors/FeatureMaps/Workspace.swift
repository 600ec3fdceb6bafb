internal import CKernels

/// The memory and threads of one forward pass at a time: feature maps come from here and go back when they are no
/// longer used, so that window after window runs without asking the system for memory.
///
/// Not Sendable: one forward pass at a time uses it. The pool may be shared.
public final class Workspace {
  /// Where the kernels run.
  public let pool: WorkerPool
  /// The instruction set of the C kernels.
  public let instructionSet: InstructionSet
  let kernels: vigil_kernels
  /// A result of more floats (24 MiB) does not stay in any cache until the next layer reads it: it is written past them.
  static let cachedFloats = 6 << 20
  /// Maps of at least as many floats are convolved in place, where they can be (`SlidingConvolution`): the 32 MiB from which memory matters.
  public static let largeMap = 8 << 20
  let largeMap: Int
  /// Bytes up to which maps that no layer uses are kept for the next, whatever is asked for.
  package static let keptBytes = MemoryStore.keptFloats * MemoryLayout<Float>.stride
  /// Every convolution that runs here is added, where this is not nil.
  package var convolutionTimes: [ConvolutionTime]?
  private let store = MemoryStore()
  private var scratch: [AlignedBuffer?]
  private var transform: AlignedBuffer?
  private var peakTransform = 0

  /// On `pool`, with the widest kernels this processor has, or with those named.
  public convenience init(pool: WorkerPool, instructionSet: InstructionSet? = nil) {
    self.init(pool: pool, instructionSet: instructionSet, largeMap: Self.largeMap)
  }

  /// `largeMap`: floats from which maps are convolved in place; tests want it for small ones.
  package init(pool: WorkerPool, instructionSet: InstructionSet? = nil, largeMap: Int) {
    self.pool = pool
    self.largeMap = largeMap
    self.instructionSet = instructionSet ?? InstructionSet.available[0]
    kernels = self.instructionSet.kernels
    scratch = Array(repeating: nil, count: pool.threads)
  }

  /// An uncleared map of `extent` `[D, H, W]`.
  public func map(extent: [Int], layout: ChannelLayout) -> FeatureMap {
    let floats = extent.reduce(layout.paddedChannels, *)
    return FeatureMap(extent: extent, layout: layout, room: 0, lease: lease(floats))
  }

  /// The same with room to slide, where it is large.
  public func roomyMap(extent: [Int], layout: ChannelLayout) -> FeatureMap {
    let room = SlidingRoom.slices(extent, layout, largeMap: largeMap)
    let floats = (extent[0] + room) * extent[1] * extent[2] * layout.paddedChannels
    return FeatureMap(extent: extent, layout: layout, room: room, lease: lease(floats))
  }

  // No layer runs meanwhile, so the transform of the last one lies idle too.
  private func lease(_ floats: Int) -> MemoryLease {
    if store.exchanges(floats), !store.has(floats) { transform = nil }
    return MemoryLease(store.take(floats), from: store)
  }

  /// Gives back to the system what no map uses, before layers whose maps have `floats`, where those are many.
  public func giveBackIdleMaps(before floats: Int) {
    guard store.exchanges(floats) else { return }
    transform = nil
    store.giveBack()
  }

  /// Asks the C library to give back to the system what lies idle in its heap: a loaded checkpoint and a prepared scan leave much.
  public static func giveBackIdleMemory() { vigil_give_back() }

  /// Uncleared memory for one layer at a time: the transform of a whole map.
  func transformed(_ floats: Int) -> AlignedBuffer {
    if let transform, transform.count >= floats { return transform }
    transform = nil
    peakTransform = max(peakTransform, floats)
    let made = AlignedBuffer(count: floats)
    transform = made
    return made
  }

  /// Most bytes of feature maps and of a layer's transform held, so far.
  public var peakBytes: Int { (store.peakFloats + peakTransform) * MemoryLayout<Float>.stride }

  /// Runs tasks with `floats` of uncleared scratch memory for each worker; see `WorkerPool.run`.
  func run(_ tasks: Int, scratch floats: Int, _ body: (_ task: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void) {
    for worker in scratch.indices where (scratch[worker]?.count ?? -1) < floats {
      scratch[worker] = nil
      scratch[worker] = AlignedBuffer(count: floats)
    }
    let pointers = scratch.compactMap { $0?.pointer }
    withExtendedLifetime(scratch) { pool.run(tasks) { task, worker in body(task, pointers[worker]) } }
  }
}

/// Buffers between two uses.
final class MemoryStore {
  private var free: [AlignedBuffer] = []
  private var heldFloats = 0
  private(set) var peakFloats = 0

  // Asking the system for as much takes hardly any part of the time of the layer that needs it, where that is a layer in 3D.
  private static let exchangedFloats = 4 << 20
  /// Up to 256 MiB are kept all the same: the largest networks in 2D have all their maps there, and clearing new pages for each is 5 % of
  /// their time.
  static let keptFloats = 64 << 20

  /// Whether what lies idle is to be given back before `floats` are asked for.
  func exchanges(_ floats: Int) -> Bool { floats >= Self.exchangedFloats && heldFloats + floats > Self.keptFloats }

  /// The smallest free buffer that holds `floats` without wasting more than half of itself, or a new one. For a large one free buffers
  /// are given back first, the largest first, until as much is gone: memory that lies idle is exchanged for what is needed.
  func take(_ floats: Int) -> AlignedBuffer {
    let fitting = free.indices.filter { fits(free[$0], floats) }
    if let best = fitting.min(by: { free[$0].count < free[$1].count }) { return free.remove(at: best) }
    if exchanges(floats) { giveBack(floats) }
    heldFloats += floats
    peakFloats = max(peakFloats, heldFloats)
    return AlignedBuffer(count: floats)
  }

  /// Whether a free buffer would do.
  func has(_ floats: Int) -> Bool { free.contains { fits($0, floats) } }

  private func fits(_ buffer: AlignedBuffer, _ floats: Int) -> Bool {
    buffer.count >= floats && buffer.count <= 2 * floats
  }

  private func giveBack(_ floats: Int) {
    var rest = floats
    free.sort { $0.count < $1.count }
    while rest > 0, let largest = free.popLast() {
      heldFloats -= largest.count
      rest -= largest.count
    }
  }

  /// Frees every buffer that is not on loan.
  func giveBack() {
    heldFloats -= free.reduce(0) { $0 + $1.count }
    free = []
  }

  func give(_ buffer: AlignedBuffer) { free.append(buffer) }
}

/// A buffer on loan: goes back to the store when the last map that uses it is gone.
final class MemoryLease {
  let buffer: AlignedBuffer
  private let store: MemoryStore

  init(_ buffer: AlignedBuffer, from store: MemoryStore) {
    self.buffer = buffer
    self.store = store
  }

  deinit { store.give(buffer) }
}

extension Workspace {
  /// Calls `body` once for every number below `count`, on the workspace's threads, in no particular order. Not from within itself.
  package func forEach(_ count: Int, _ body: (Int) -> Void) { pool.run(count) { task, _ in body(task) } }
}
