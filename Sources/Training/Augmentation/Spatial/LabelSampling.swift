extension PatchSampling {
  /// Each voxel takes the label whose linear score is largest, -1 being the label outside. Of labels whose scores are the same in half
  /// precision (of 1000, as batchgeneratorsv2 keeps them) the nearest voxel's wins, else the lowest.
  func labels(_ labels: LabelPatch) -> LabelPatch {
    let frame = LinearCorner.Frame(from)
    let source = labels.values.withUnsafeBufferPointer {
      framed($0.baseAddress.unsafelyUnwrapped, from, Int16(-1))
    }
    let voxels = to.reduce(1, *)
    let values = source.withUnsafeBufferPointer { source in
      [Int16](unsafeUninitializedCapacity: voxels) { result, count in
        forEachRow { first, coordinates in
          for x in 0..<to[2] {
            let corner = LinearCorner(coordinates[x], coordinates[to[2] + x], coordinates[2 * to[2] + x], frame)
            result[first + x] = Self.label(source.baseAddress.unsafelyUnwrapped + corner.index, corner, frame)
          }
        }
        count = voxels
      }
    }
    return LabelPatch(shape: to, values: values)
  }

  @inline(__always)
  private static func label(_ place: UnsafePointer<Int16>, _ corner: LinearCorner, _ frame: LinearCorner.Frame) -> Int16
  {
    let pairs = SIMD4(
      pair(place), pair(place + frame.row), pair(place + frame.slice), pair(place + frame.slice + frame.row))
    let first = pairs.x
    guard pairs == SIMD4(repeating: first), first & 0xFFFF == first >> 16 else {
      return LabelScores(pairs, corner).winner
    }
    return place[0]
  }

  @inline(__always)
  private static func pair(_ place: UnsafePointer<Int16>) -> UInt32 {
    UnsafeRawPointer(place).loadUnaligned(as: UInt32.self)
  }
}

/// The linear scores of the labels at the eight corners around a point.
struct LabelScores {
  private let corners: SIMD8<Int16>
  private let weights: SIMD8<Float>

  /// `pairs` hold two labels along W each: for D and H 00, 01, 10, 11.
  init(_ pairs: SIMD4<UInt32>, _ corner: LinearCorner) {
    corners = unsafeBitCast(pairs, to: SIMD8<Int16>.self)
    let (z, y, x) = (corner.z, corner.y, corner.x)
    let alongW = SIMD8(1 - x, x, 1 - x, x, 1 - x, x, 1 - x, x)
    let alongH = SIMD8(1 - y, 1 - y, y, y, 1 - y, 1 - y, y, y)
    let alongD = SIMD8(1 - z, 1 - z, 1 - z, 1 - z, z, z, z, z)
    weights = alongW * alongH * alongD
  }

  var winner: Int16 {
    var (best, lowest) = (Float(-1), Int16.max)
    for lane in 0..<8 {
      let score = score(corners[lane])
      if score > best || (score == best && corners[lane] < lowest) { (best, lowest) = (score, corners[lane]) }
    }
    let nearest = nearest
    return score(nearest) == best ? nearest : lowest
  }

  /// Of 1000, rounded to half precision.
  private func score(_ label: Int16) -> Float {
    var sum: Float = 0
    for lane in 0..<8 where corners[lane] == label { sum += weights[lane] }
    let bits = (sum * 1000).bitPattern
    return Float(bitPattern: (bits &+ 0xFFF &+ (bits >> 13 & 1)) & ~0x1FFF)
  }

  /// The corner with the largest weight is the nearest.
  private var nearest: Int16 {
    var best = 0
    for lane in 1..<8 where weights[lane] > weights[best] { best = lane }
    return corners[best]
  }
}
