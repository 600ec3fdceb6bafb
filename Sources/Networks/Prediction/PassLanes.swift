import Dispatch
import Tensors

/// Forward passes side by side, each on a part of the threads.
///
/// The layers of a small network last hardly longer than threads need to find one another: several passes at once, on fewer threads
/// each, wait less. What they make is taken in the order of the passes, one after the other, so that sums are the same to the bit
/// however many there are.
struct PassLanes: Sendable {
  /// The threads of each lane.
  let pools: [WorkerPool]
  // Of a thread for each lane.
  private let drivers: WorkerPool

  // Activations of all lanes together. A pass with more is slowed down by memory and not by waiting: two of 43 MiB side by side took
  // longer than one after the other, clearing the second's pages included.
  private static let mostBytes = 32 << 20

  /// The lanes that `pool`'s threads make for windows of `extent` `[D, H, W]`; none is idle.
  init(_ networks: [UNet], extent: [Int], pool: WorkerPool) {
    let bytes = networks.map { $0.activationBytes(extent, threads: 1) }.max() ?? 0
    let most = min(pool.threads, Self.mostBytes / max(bytes, 1))
    let lanes = (1...max(most, 1)).last { pool.threads % $0 == 0 } ?? 1
    drivers = lanes == pool.threads ? pool : WorkerPool(threads: lanes)
    pools = lanes == 1 ? [pool] : (0..<lanes).map { _ in WorkerPool(threads: pool.threads / lanes) }
  }

  /// Calls `make` for every pass, side by side, and `take` with what it made, in order. Lane 0 is the calling thread's.
  func run<Made>(
    _ passes: Int, make: (_ pass: Int, _ lane: Int) -> Made, take: (_ pass: Int, _ lane: Int, Made) -> Void
  ) {
    guard pools.count > 1 else {
      for pass in 0..<passes { take(pass, 0, make(pass, 0)) }
      return
    }
    let turns = (0...passes).map { _ in DispatchSemaphore(value: 0) }
    turns[0].signal()
    drivers.run(passes) { pass, lane in
      let made = make(pass, lane)
      turns[pass].wait()
      take(pass, lane, made)
      turns[pass + 1].signal()
    }
  }
}
