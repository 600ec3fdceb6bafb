/// The winning head at every voxel of an input slice, for the two slices in use.
///
/// Interpolation is linear, so where one head wins at all corners of a cell it wins everywhere inside: most of a scan needs no
/// interpolation at all.
struct HeadPlanes {
  /// Stands for corners that disagree.
  static let mixed = UInt16.max

  private let heads: Heads
  private let shape: [Int]
  private let logits: UnsafePointer<Float>
  private let planes: [UnsafeMutablePointer<UInt16>]
  private var held = [-1, -1]

  init(_ heads: Heads, _ sampler: LogitSampler, _ logits: UnsafePointer<Float>) {
    self.heads = heads
    self.logits = logits
    shape = sampler.inputShape
    let count = shape[1] * shape[2]
    planes = (0..<2).map { _ in .allocate(capacity: count) }
  }

  func deallocate() { for plane in planes { plane.deallocate() } }

  /// The winners of input slice `slice`, `[h, w]`; the plane of slice `other` stays valid.
  mutating func plane(_ slice: Int, keeping other: Int) -> UnsafePointer<UInt16> {
    if let index = held.firstIndex(of: slice) { return UnsafePointer(planes[index]) }
    let index = held[0] == other ? 1 : 0
    fill(planes[index], slice)
    held[index] = slice
    return UnsafePointer(planes[index])
  }

  private func fill(_ plane: UnsafeMutablePointer<UInt16>, _ slice: Int) {
    let count = shape[1] * shape[2]
    let start = logits + slice * count
    let volume = shape[0] * count
    let rule = heads.rule
    for block in 0..<count / 16 {
      let winners = rule.winners(start + block &* 16, stride: volume)
      UnsafeMutableRawPointer(plane + block &* 16).storeBytes(
        of: SIMD16<UInt16>(truncatingIfNeeded: winners), as: SIMD16<UInt16>.self)
    }
    for index in count / 16 * 16..<count {
      plane[index] = UInt16(heads.winner(threshold: 0) { start[$0 * volume + index] })
    }
  }
}

/// Where along a row all corners agree: the common winner of each input column, and how far it reaches.
struct AgreementRow {
  private let width: Int
  private let common: UnsafeMutablePointer<UInt16>
  /// One past the last column with the same common winner.
  private let reach: UnsafeMutablePointer<Int32>
  private var corners: [UnsafePointer<UInt16>] = []

  init(width: Int) {
    self.width = width
    common = .allocate(capacity: width)
    reach = .allocate(capacity: width)
  }

  func deallocate() {
    common.deallocate()
    reach.deallocate()
  }

  /// Compares the rows that hold the corners; the same rows again cost nothing.
  mutating func compare(_ rows: [UnsafePointer<UInt16>]) {
    guard rows != corners else { return }
    corners = rows
    let (a, b, c, d) = (rows[0], rows[1], rows[2], rows[3])
    for i in 0..<width {
      let agrees = ((a[i] ^ b[i]) | (a[i] ^ c[i]) | (a[i] ^ d[i])) == 0
      common[i] = agrees ? a[i] : HeadPlanes.mixed
    }
    var end = Int32(width)
    for i in stride(from: width - 1, through: 0, by: -1) {
      if i + 1 < width, common[i] != common[i + 1] { end = Int32(i + 1) }
      reach[i] = end
    }
  }

  /// Forgets the rows: their planes may hold other slices now.
  mutating func forget() { corners = [] }

  /// The head that wins at all corners from column `first` to `last`; nil when they disagree anywhere.
  func winner(from first: Int, through last: Int) -> UInt16? {
    common[first] != HeadPlanes.mixed && reach[first] > last ? common[first] : nil
  }
}
