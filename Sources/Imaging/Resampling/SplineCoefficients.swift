import Dispatch

/// Cubic B-spline coefficients of a volume whose edges are repeated without end, with two more on either side of every axis.
///
/// Filter: M. Unser, IEEE Signal Processing Magazine 16(6), 1999, box 2 (pole `sqrt(3) - 2`, gain 6), with the sums over the
/// repeated edges in closed form instead of SciPy's twelve samples of padding.
struct SplineCoefficients: Sendable {
  /// A value needs coefficients from two before to two behind the outermost samples.
  private static let margin = 2
  private static let pole = 3.0.squareRoot() - 2
  private static let gain = 6.0

  private let size: SIMD3<Int>
  /// From one coefficient to the next along `i`, `j` and `k`.
  private let strides: SIMD3<Int>
  private let values: [Float]

  init(_ volume: Volume) {
    let grid = volume.geometry
    size = SIMD3(grid.width, grid.height, grid.depth)
    let padded = size &+ 2 * Self.margin
    strides = SIMD3(1, padded.x, padded.x * padded.y)
    var values = [Float](repeating: 0, count: padded.x * padded.y * padded.z)
    let (size, strides) = (size, strides)
    values.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      nonisolated(unsafe) let origin = start + Self.margin * (strides.x + strides.y + strides.z)
      volume.voxels.withUnsafeBufferPointer { voxels in
        for k in 0..<size.z {
          for j in 0..<size.y {
            let row = voxels.baseAddress.unsafelyUnwrapped + (k * size.y + j) * size.x
            (origin + j * strides.y + k * strides.z).update(from: row, count: size.x)
          }
        }
      }
      let (before, width) = (Self.margin, padded.x)
      DispatchQueue.concurrentPerform(iterations: size.z) { k in
        let plane = origin + k * strides.z
        Self.filter(plane, count: size.x, step: strides.x, lines: size.y, next: strides.y)
        Self.filter(plane - before, count: size.y, step: strides.y, lines: width, next: 1)
      }
      DispatchQueue.concurrentPerform(iterations: padded.y) { j in
        let row = origin - before + (j - before) * strides.y
        Self.filter(row, count: size.z, step: strides.z, lines: width, next: 1)
      }
    }
    self.values = values
  }

  private typealias Lanes = SIMD8<Double>

  /// Filters `lines` lines of `count` samples that begin `next` apart, eight at a time, and fills their margins.
  private static func filter(
    _ first: UnsafeMutablePointer<Float>, count: Int, step: Int, lines: Int, next: Int
  ) {
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: count + 2 * margin) { scratch in
      scratch.initialize(repeating: Lanes())
      let samples = scratch.baseAddress.unsafelyUnwrapped + margin
      for line in stride(from: 0, to: lines, by: Lanes.scalarCount) {
        let (place, lanes) = (first + line * next, min(Lanes.scalarCount, lines - line))
        for k in 0..<count {
          for lane in 0..<lanes { samples[k][lane] = Double(place[k * step + lane * next]) }
        }
        filter(samples, count: count)
        for k in -margin..<count + margin {
          for lane in 0..<lanes { place[k * step + lane * next] = Float(samples[k][lane]) }
        }
      }
    }
  }

  /// Causal `c+[k] = 6 s[k] + z c+[k-1]`, anticausal `c[k] = z (c[k+1] - c+[k])`; before and behind lie endless repeats of the
  /// outermost samples, whose `c+` is steady but for what the last sample leaves over.
  private static func filter(_ samples: UnsafeMutablePointer<Lanes>, count: Int) {
    let steady = gain / (1 - pole)
    let (left, right) = (samples[0] * steady, samples[count - 1] * steady)
    var causal = left
    for k in 0..<count {
      causal = samples[k] * gain + causal * pole
      samples[k] = causal
    }
    let constant = right * (-pole / (1 - pole))
    let excess = (causal - right) * (-pole / (1 - pole * pole))
    samples[count + 1] = constant + excess * (pole * pole)
    samples[count] = constant + excess * pole
    var coefficient = constant + excess
    samples[count - 1] = coefficient
    for k in stride(from: count - 2, through: 0, by: -1) {
      coefficient = (coefficient - samples[k]) * pole
      samples[k] = coefficient
    }
    samples[-1] = (samples[0] - left) * pole
    samples[-2] = (samples[-1] - left) * pole
  }

  /// The value at a (fractional) index `(i, j, k)`; nil beyond half a voxel outside of the outermost centres.
  @inline(__always)
  func value(at index: SIMD3<Double>) -> Float? {
    let last = SIMD3(Double(size.x), Double(size.y), Double(size.z)) - 0.5
    guard all(index .>= -0.5), all(index .< last) else { return nil }
    let low = index.rounded(.down)
    let part = SIMD3<Float>(index - low)
    let (wx, wy, wz) = (Self.weights(part.x), Self.weights(part.y), Self.weights(part.z))
    let lowest = SIMD3<Int>(low) &+ (Self.margin - 1)
    let first = lowest.x + lowest.y * strides.y + lowest.z * strides.z
    return values.withUnsafeBufferPointer { values in
      var sum = SIMD4<Float>()
      for c in 0..<4 {
        var plane = SIMD4<Float>()
        for b in 0..<4 {
          let place = values.baseAddress.unsafelyUnwrapped + first + b * strides.y + c * strides.z
          plane += UnsafeRawPointer(place).loadUnaligned(as: SIMD4<Float>.self) * wy[b]
        }
        sum += plane * wz[c]
      }
      return (sum * wx).sum()
    }
  }

  /// Of the coefficients at -1, 0, 1, 2 for a point `t` behind 0.
  @inline(__always)
  private static func weights(_ t: Float) -> SIMD4<Float> {
    let rest = 1 - t
    return SIMD4(
      rest * rest * rest, t * t * (t - 2) * 3 + 4, rest * rest * (rest - 2) * 3 + 4, t * t * t) * (1 / 6)
  }
}
