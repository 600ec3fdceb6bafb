internal import Foundation
internal import Tensors

/// Makes the tally of one network after the other while a predictor leads them over the windows.
struct TallyKeeper {
  private let competition: FoldTally.Competition
  private let shape: [Int]
  private let shares: WindowShares
  private let passes: Int
  private var winners: [UInt8]
  private var first: [UInt8] = []
  private var values: [FoldTally.Value]
  /// Of the networks that are through.
  private(set) var tallies: [FoldTally] = []

  /// Nil where there are more heads than a byte can number, or more voxels than 2^31. `shape` is src's `[D, H, W]`, `origins` the windows' in it.
  init?(
    _ competition: FoldTally.Competition, heads: Int, shape: [Int], origins: [[Int]], extent: [Int], passes: Int
  ) {
    guard heads < 255, shape.reduce(1, *) < Int(Int32.max) else { return nil }
    self.competition = competition
    self.shape = shape
    self.passes = passes
    shares = WindowShares(shape: shape, origins: origins, extent: extent)
    winners = [UInt8](repeating: 0, count: shape.reduce(1, *))
    values = Self.zero(heads, competition)
  }

  private static func zero(_ heads: Int, _ competition: FoldTally.Competition) -> [FoldTally.Value] {
    Array(repeating: .init(), count: competition == .classes ? heads : heads + 1)
  }

  /// After the first pass over a window: `logits` `[K, window]`.
  mutating func look(atFirst logits: Tensor, origin: [Int]) {
    let share = shares.share(of: origin)
    first.removeAll(keepingCapacity: true)
    let competition = competition
    logits.elements.withUnsafeBufferPointer { logits in
      let reader = WinnerReader(logits, share, competition)
      share.forEachRow { window, _, count in
        for place in window..<window + count { first.append(reader.winner(at: place)) }
      }
    }
  }

  /// After the last: the sum over all passes.
  mutating func look(atSum logits: Tensor, origin: [Int]) {
    let share = shares.share(of: origin)
    let (competition, scale) = (competition, 1 / Float(passes))
    var index = 0
    logits.elements.withUnsafeBufferPointer { logits in
      let reader = WinnerReader(logits, share, competition)
      share.forEachRow { window, volume, count in
        for offset in 0..<count {
          let value = reader.winner(at: window + offset)
          let before = Int(first[index])
          index += 1
          winners[volume + offset] = value
          if value == 0, before == 0 { continue }
          values[before].firstPassVoxels += 1
          values[Int(value)].voxels += 1
          if Int(value) == before { values[before].sharedVoxels += 1 }
          if value != 0 {
            values[Int(value)].entropy += reader.entropy(at: window + offset, of: value, scale: scale)
          }
        }
      }
    }
  }

  /// When a network is through.
  mutating func finish() {
    tallies.append(FoldTally(winners: WinnerRuns(winners, shape: shape), values: values, passes: passes))
    for index in values.indices { values[index] = .init() }
  }
}

/// Which of overlapping windows judges a voxel: along each axis, the one whose middle is nearest.
struct WindowShares {
  private let shape: [Int]
  private let extent: [Int]
  /// For each axis, the windows' origins, ascending.
  private let places: [[Int]]

  init(shape: [Int], origins: [[Int]], extent: [Int]) {
    self.shape = shape
    self.extent = extent
    places = (0..<3).map { axis in Set(origins.map { $0[axis] }).sorted() }
  }

  func share(of origin: [Int]) -> WindowShare {
    let ranges = (0..<3).map { axis -> Range<Int> in
      let all = places[axis]
      let index = all.firstIndex(of: origin[axis]) ?? 0
      // Middles lie `extent / 2` behind origins, so half way between two middles is half way between the origins, further on.
      let lower = index == 0 ? 0 : (all[index - 1] + all[index] + extent[axis]) / 2
      let upper = index == all.count - 1 ? shape[axis] : (all[index] + all[index + 1] + extent[axis]) / 2
      return lower..<max(lower, upper)
    }
    return WindowShare(ranges: ranges, origin: origin, extent: extent, shape: shape)
  }
}

/// The block of a volume that one window judges.
struct WindowShare {
  let ranges: [Range<Int>]
  let origin: [Int]
  let extent: [Int]
  let shape: [Int]

  /// `(index in the window, index in the volume, voxels)` of each row.
  func forEachRow(_ body: (Int, Int, Int) -> Void) {
    guard !ranges[2].isEmpty else { return }
    let (x, count) = (ranges[2].lowerBound, ranges[2].count)
    for z in ranges[0] {
      for y in ranges[1] {
        let window = ((z - origin[0]) * extent[1] + y - origin[1]) * extent[2] + x - origin[2]
        body(window, (z * shape[1] + y) * shape[2] + x, count)
      }
    }
  }
}

/// Reads logits `[K, window]`.
private struct WinnerReader {
  private let logits: UnsafeBufferPointer<Float>
  private let stride: Int
  private let heads: Int
  private let competition: FoldTally.Competition

  init(_ logits: UnsafeBufferPointer<Float>, _ share: WindowShare, _ competition: FoldTally.Competition) {
    self.logits = logits
    self.competition = competition
    stride = share.extent.reduce(1, *)
    heads = logits.count / stride
  }

  /// The first of the largest, or the last above 0.
  func winner(at place: Int) -> UInt8 {
    var winner = 0
    switch competition {
    case .classes:
      var best = logits[place]
      for head in 1..<max(heads, 1) where logits[head &* stride &+ place] > best {
        (best, winner) = (logits[head &* stride &+ place], head)
      }
    case .regions:
      for head in 0..<heads where logits[head &* stride &+ place] > 0 { winner = head + 1 }
    }
    return UInt8(winner)
  }

  /// The entropy of the probabilities as a share of the largest possible; of a region, of its own probability.
  func entropy(at place: Int, of value: UInt8, scale: Float) -> Double {
    switch competition {
    case .regions:
      let logit = Double(logits[(Int(value) - 1) &* stride &+ place] * scale)
      let p = 1 / (1 + exp(-logit))
      return p <= 0 || p >= 1 ? 0 : -(p * log(p) + (1 - p) * log(1 - p)) / log(2)
    case .classes:
      let best = logits[Int(value) &* stride &+ place]
      var (sum, weighted) = (0.0, 0.0)
      for head in 0..<heads {
        let x = Double((logits[head &* stride &+ place] - best) * scale)
        sum += exp(x)
        weighted += x * exp(x)
      }
      return max(0, log(sum) - weighted / sum) / log(Double(heads))
    }
  }
}
