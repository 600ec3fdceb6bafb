internal import Foundation

extension ElasticField {
  /// Steps of the grid on which a smooth field is kept; in between it is interpolated.
  static let coarseness = 4

  /// Uniform noise of -1...1, smoothed and multiplied by `magnitude`, along `axes`: as batchgenerators' `elastic_deform_coordinates`.
  ///
  /// `sigma`, of the Gaussian, in voxels, 8 at least: the field is then smooth enough to be kept at every fourth voxel.
  package static func random(
    shape: [Int], sigma: Double, magnitude: Double, axes: [Int], from random: inout RandomSource
  ) -> ElasticField {
    let offsets = (0..<3).map { axis in
      guard axes.contains(axis) else { return [Float]() }
      // Two numbers of 24 bits from each word.
      var noise = [Float](repeating: 0, count: shape.reduce(1, *))
      for place in stride(from: 0, to: noise.count, by: 2) {
        let word = random.next()
        noise[place] = Float(word >> 40) * 0x1p-23 - 1
        if place + 1 < noise.count { noise[place + 1] = Float(word & 0xFF_FFFF) * 0x1p-23 - 1 }
      }
      return smoothed(noise, shape: shape, sigma: sigma).map { $0 * Float(magnitude) }
    }
    return ElasticField(shape: shape, offsets: offsets)
  }

  /// Convolution with a Gaussian cut off at four sigma, zero outside, along all axes longer than 1: scipy's `gaussian_filter` with mode
  /// "constant", to a hundredth of the largest result from a sigma of 8 on.
  package static func smoothed(_ values: [Float], shape: [Int], sigma: Double) -> [Float] {
    let kernel = gaussian(sigma)
    var (shape, values) = (shape, values)
    let full = shape
    for axis in 0..<3 where full[axis] > 1 {
      let coarse = (full[axis] - 1) / coarseness + 4
      values = smoothed(values, &shape, axis: axis, to: coarse, kernel)
    }
    for axis in (0..<3).reversed() where full[axis] > 1 { values = refined(values, &shape, axis: axis, to: full[axis]) }
    return values
  }

  private static func gaussian(_ sigma: Double) -> [Float] {
    let radius = Int(4 * sigma + 0.5)
    let weights = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let sum = weights.reduce(0, +)
    return weights.map { Float($0 / sum) }
  }

  /// The convolution at voxels -4, 0, 4, ... of an axis.
  private static func smoothed(
    _ values: [Float], _ shape: inout [Int], axis: Int, to coarse: Int, _ kernel: [Float]
  ) -> [Float] {
    let (length, radius) = (shape[axis], kernel.count / 2)
    return mapRows(values, &shape, axis: axis, to: coarse) { row, source, result, inner in
      let centre = (row - 1) * coarseness
      for place in max(0, centre - radius)..<max(max(0, centre - radius), min(length, centre + radius + 1)) {
        let weight = kernel[place - centre + radius]
        for i in 0..<inner { result[i] += weight * source[place * inner + i] }
      }
    }
  }

  /// From every fourth voxel to all, by the cubic through the four around (Catmull, Rom 1974).
  private static func refined(_ values: [Float], _ shape: inout [Int], axis: Int, to length: Int) -> [Float] {
    mapRows(values, &shape, axis: axis, to: length) { row, source, result, inner in
      let t = Float(row % coarseness) / Float(coarseness)
      let weights = [
        t * (-1 + t * (2 - t)) / 2, (2 + t * t * (3 * t - 5)) / 2, t * (1 + t * (4 - 3 * t)) / 2, t * t * (t - 1) / 2,
      ]
      for (tap, weight) in weights.enumerated() {
        let place = row / coarseness + tap
        for i in 0..<inner { result[i] += weight * source[place * inner + i] }
      }
    }
  }

  /// A new array of `count` rows along `axis`, each added up by `body` from the rows of its block.
  private static func mapRows(
    _ values: [Float], _ shape: inout [Int], axis: Int, to count: Int,
    _ body: (
      _ row: Int, _ source: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ inner: Int
    ) -> Void
  ) -> [Float] {
    let (outer, length, inner) = (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
    shape[axis] = count
    var result = [Float](repeating: 0, count: outer * count * inner)
    result.withUnsafeMutableBufferPointer { result in
      values.withUnsafeBufferPointer { values in
        for block in 0..<outer {
          for row in 0..<count {
            body(
              row, values.baseAddress.unsafelyUnwrapped + block * length * inner,
              result.baseAddress.unsafelyUnwrapped + (block * count + row) * inner, inner)
          }
        }
      }
    }
    return result
  }
}
