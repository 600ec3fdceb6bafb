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
  private let store = MemoryStore()
  private var scratch: [AlignedBuffer?]
  private var transform: AlignedBuffer?

  /// On `pool`, with the widest kernels this processor has, or with those named.
  public init(pool: WorkerPool, instructionSet: InstructionSet? = nil) {
    self.pool = pool
    self.instructionSet = instructionSet ?? InstructionSet.available[0]
    kernels = self.instructionSet.kernels
    scratch = Array(repeating: nil, count: pool.threads)
  }

  /// An uncleared map of `extent` `[D, H, W]`.
  public func map(extent: [Int], layout: ChannelLayout) -> FeatureMap {
    let floats = extent.reduce(layout.paddedChannels, *)
    return FeatureMap(extent: extent, layout: layout, lease: MemoryLease(store.take(floats), from: store))
  }

  /// Uncleared memory for one layer at a time: the transform of a whole map.
  func transformed(_ floats: Int) -> AlignedBuffer {
    if let transform, transform.count >= floats { return transform }
    transform = nil
    let made = AlignedBuffer(count: floats)
    transform = made
    return made
  }

  /// Most bytes of feature maps and of a layer's transform held at once, so far.
  public var peakBytes: Int { (store.peakFloats + (transform?.count ?? 0)) * MemoryLayout<Float>.stride }

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

  /// The smallest free buffer that holds `floats` without wasting more than half of itself, or a new one.
  func take(_ floats: Int) -> AlignedBuffer {
    let fitting = free.indices.filter { free[$0].count >= floats && free[$0].count <= 2 * floats }
    if let best = fitting.min(by: { free[$0].count < free[$1].count }) { return free.remove(at: best) }
    heldFloats += floats
    peakFloats = max(peakFloats, heldFloats)
    return AlignedBuffer(count: floats)
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
