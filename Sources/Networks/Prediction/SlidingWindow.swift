public import Tensors

/// How a network that sees one patch is led over a volume: nnU-Net's half-patch steps, Gaussian weights and mirroring.
public struct SlidingWindow: Sendable, Equatable {
  /// The network's patch: `[D, H, W]`, or `[H, W]` for a 2D network, which is led through every slice of axis 0.
  public let patchSize: [Int]
  /// Step as a part of the patch, at least ``smallestStep`` and at most 1.
  public let stepSize: Double
  /// Patch axes along which mirrored passes are averaged, of 0, 1, 2 (of 0, 1 in 2D); empty is no mirroring.
  public let mirrorAxes: [Int]

  /// Throws for a patch, step or axis that cannot be.
  public init(patchSize: [Int], stepSize: Double = 0.5, mirrorAxes: [Int] = []) throws(NetworkError) {
    guard [2, 3].contains(patchSize.count), patchSize.allSatisfy({ $0 > 0 }) else {
      throw .window("a patch has two or three lengths, found \(patchSize)")
    }
    guard stepSize >= Self.smallestStep, stepSize <= 1 else {
      throw .window("the step is at least \(Self.smallestStep) and at most 1, found \(stepSize)")
    }
    guard mirrorAxes.allSatisfy({ patchSize.indices.contains($0) }), Set(mirrorAxes).count == mirrorAxes.count else {
      throw .window("a patch of \(patchSize.count) axes cannot be mirrored along \(mirrorAxes)")
    }
    self.patchSize = patchSize
    self.stepSize = stepSize
    self.mirrorAxes = mirrorAxes
  }

  /// A step smaller than this part of the patch is a slip of the pen: a patch of 128 then stands still.
  public static let smallestStep = 0.01

  /// The patch as `[D, H, W]`, D = 1 in 2D.
  public var extent: [Int] { patchSize.count == 2 ? [1] + patchSize : patchSize }

  /// `[D, H, W]`: how much each voxel of a window counts; nnU-Net's Gaussian, also where there is only one window.
  public var importance: Tensor { ImportanceMap.gaussian(extent) }

  /// The corner nearest 0 of every window over a volume of `size` `[D, H, W]` (padded, so not smaller than the patch), axis 2
  /// fastest.
  public func origins(_ size: [Int]) -> [[Int]] {
    let steps = (0..<3).map { axis in
      patchSize.count == 2 && axis == 0
        ? Array(0..<size[0]) : Self.positions(size: size[axis], patch: extent[axis], stepSize: stepSize)
    }
    return steps[0].flatMap { z in steps[1].flatMap { y in steps[2].map { x in [z, y, x] } } }
  }

  /// nnU-Net's positions along one axis: the fewest windows whose steps are at most `stepSize` patches, evenly
  /// spread and rounded half to even.
  static func positions(size: Int, patch: Int, stepSize: Double) -> [Int] {
    let count = Int((Double(size - patch) / (Double(patch) * stepSize)).rounded(.up)) + 1
    guard count > 1 else { return [0] }
    let step = Double(size - patch) / Double(count - 1)
    return (0..<count).map { Int((step * Double($0)).rounded(.toNearestOrEven)) }
  }

  /// Zeros added below an axis of length `size`, and the padded length: nnU-Net puts the odd one above.
  func padded(_ size: [Int]) -> (below: [Int], size: [Int]) {
    let target = zip(size, extent).map { max($0, $1) }
    return (zip(size, target).map { ($1 - $0) / 2 }, target)
  }

  /// Forward passes of one network over a volume of `size` `[D, H, W]`: windows times mirrors; `Int.max` for more than can be counted.
  public func passes(over size: [Int]) -> Int {
    let counts = (0..<3).map { axis in
      let length = Double(max(size[axis], extent[axis]))
      return patchSize.count == 2 && axis == 0
        ? length
        : ((length - Double(extent[axis])) / (Double(extent[axis]) * stepSize)).rounded(.up) + 1
    }
    return Int(exactly: counts.reduce(Double(mirrorings.count), *)) ?? .max
  }

  /// Every set of axes (of `[D, H, W]`) to mirror along, in nnU-Net's order: none, single axes, pairs, all.
  public var mirrorings: [[Int]] {
    let axes = mirrorAxes.sorted().map { patchSize.count == 2 ? $0 + 1 : $0 }
    let subsets = (0..<1 << axes.count).map { bits in axes.indices.filter { bits >> $0 & 1 == 1 }.map { axes[$0] } }
    return subsets.sorted { ($0.count, $0) < ($1.count, $1) }
  }
}

private func < (a: (Int, [Int]), b: (Int, [Int])) -> Bool {
  a.0 != b.0 ? a.0 < b.0 : a.1.lexicographicallyPrecedes(b.1)
}
