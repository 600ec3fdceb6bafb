internal import Tensors

extension PatchSampling {
  /// Cubic spline interpolation of each channel; 0 outside the centres of the outermost voxels.
  func cubic(_ image: Tensor) -> Tensor {
    let (channels, voxels, count) = (image.shape[0], to.reduce(1, *), from.reduce(1, *))
    let grid = CubicGrid(from: from, isPlanar: isPlanar)
    var elements: [Float] = []
    elements.reserveCapacity(channels * voxels)
    for channel in 0..<channels {
      let coefficients = grid.coefficients(Array(image.elements[channel * count..<(channel + 1) * count]))
      coefficients.withUnsafeBufferPointer { coefficients in
        forEachRow { _, coordinates in
          for x in 0..<to[2] {
            elements.append(
              grid.value(
                coefficients.baseAddress.unsafelyUnwrapped,
                SIMD3(coordinates[x], coordinates[to[2] + x], coordinates[2 * to[2] + x])))
          }
        }
      }
    }
    return Tensor(shape: [channels] + to, elements: elements)
  }

  /// Whether every voxel keeps its slice: D is then not interpolated.
  private var isPlanar: Bool {
    let row = transform.matrix[0]
    return row == SIMD3(1, 0, 0) && (transform.elastic?.offsets[0].isEmpty ?? true) && (from[0] - to[0]) % 2 == 0
  }
}

/// Spline coefficients of a `[D, H, W]` source with margins of what the mirror shows: one voxel before, two after.
struct CubicGrid {
  private let from: [Int]
  private let isPlanar: Bool
  private let row: Int
  private let slice: Int
  private let last: SIMD3<Float>

  init(from: [Int], isPlanar: Bool) {
    self.from = from
    self.isPlanar = isPlanar
    row = from[2] + 3
    slice = row * (from[1] + 3)
    last = SIMD3(from.map { Float($0 - 1) })
  }

  func coefficients(_ samples: [Float]) -> [Float] {
    var filtered = samples
    MirrorSpline.filter(&filtered, shape: from, axes: isPlanar ? [1, 2] : [0, 1, 2])
    let depth = isPlanar ? from[0] : from[0] + 3
    var result = [Float](repeating: 0, count: depth * slice)
    for z in 0..<depth {
      let sourceZ = isPlanar ? z : Self.mirrored(z - 1, from[0])
      for y in 0..<from[1] + 3 {
        let source = (sourceZ * from[1] + Self.mirrored(y - 1, from[1])) * from[2]
        let target = z * slice + y * row
        for x in 0..<row { result[target + x] = filtered[source + Self.mirrored(x - 1, from[2])] }
      }
    }
    return result
  }

  @inline(__always)
  func value(_ coefficients: UnsafePointer<Float>, _ point: SIMD3<Float>) -> Float {
    guard all(point .>= 0), all(point .<= last) else { return 0 }
    let low = point.rounded(.down)
    let fraction = point - low
    let (wy, wx) = (Self.weights(fraction.y), Self.weights(fraction.z))
    var place = coefficients + Int(low.x) * slice + Int(low.y) * row + Int(low.z)
    guard !isPlanar else { return (plane(place, wy) * wx).sum() }
    let wz = Self.weights(fraction.x)
    var sum = SIMD4<Float>()
    for tap in 0..<4 {
      sum += plane(place, wy) * wz[tap]
      place += slice
    }
    return (sum * wx).sum()
  }

  @inline(__always)
  private func plane(_ place: UnsafePointer<Float>, _ weights: SIMD4<Float>) -> SIMD4<Float> {
    var sum = SIMD4<Float>()
    for tap in 0..<4 {
      sum += UnsafeRawPointer(place + tap * row).loadUnaligned(as: SIMD4<Float>.self) * weights[tap]
    }
    return sum
  }

  /// Of the coefficients at -1, 0, 1, 2 for a point `t` behind 0.
  @inline(__always)
  private static func weights(_ t: Float) -> SIMD4<Float> {
    let rest = 1 - t
    return SIMD4(
      rest * rest * rest, t * t * (t - 2) * 3 + 4, rest * rest * (rest - 2) * 3 + 4, t * t * t) * (1 / 6)
  }

  private static func mirrored(_ place: Int, _ count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let folded = ((place % period) + period) % period
    return min(folded, period - folded)
  }
}
