/// Exact Euclidean distances to the nearest voxel of a mask.
public enum DistanceTransform {
  /// For every voxel, the squared distance (mm^2) from its centre to the centre of the nearest true voxel; infinite
  /// everywhere if there is none. `mask` is `[D, H, W]`, `spacing` is `[D, H, W]` in mm.
  ///
  /// One axis after the other, each row by the lower envelope of parabolas (Felzenszwalb and Huttenlocher, Theory of
  /// Computing 8, 2012); exact, linear in the number of voxels. `squaredReference` is the plain twin.
  public static func squared(to mask: [Bool], shape: [Int], spacing: [Double]) -> [Double] {
    precondition(shape.count == 3 && mask.count == shape.reduce(1, *), "the mask fills its shape [D, H, W]")
    var values = mask.map { $0 ? 0 : Double.infinity }
    var line = ParabolaEnvelope(capacity: shape.max() ?? 0)
    let (depth, height, width) = (shape[0], shape[1], shape[2])
    for row in 0..<depth * height {
      line.transform(&values, start: row * width, stride: 1, count: width, spacing: spacing[2])
    }
    for k in 0..<depth {
      for i in 0..<width {
        line.transform(&values, start: k * height * width + i, stride: width, count: height, spacing: spacing[1])
      }
    }
    for place in 0..<height * width {
      line.transform(&values, start: place, stride: height * width, count: depth, spacing: spacing[0])
    }
    return values
  }

  /// The plain twin: every voxel against every true voxel.
  public static func squaredReference(to mask: [Bool], shape: [Int], spacing: [Double]) -> [Double] {
    func place(_ index: Int) -> SIMD3<Double> {
      SIMD3(
        Double(index % shape[2]) * spacing[2], Double(index / shape[2] % shape[1]) * spacing[1],
        Double(index / shape[2] / shape[1]) * spacing[0])
    }
    let sites = mask.indices.filter { mask[$0] }.map { place($0) }
    return mask.indices.map { index in
      sites.reduce(Double.infinity) { nearest, site in
        let offset = site - place(index)
        return min(nearest, offset.dot(offset))
      }
    }
  }
}

/// One row's minimum over `q` of `value[q] + (spacing * (p - q))^2`, with room kept between rows.
private struct ParabolaEnvelope {
  /// The parabolas of the envelope from left to right: where they stand and how high.
  private var centres: [Int]
  private var heights: [Double]
  /// Where each takes over from the one before, in voxels.
  private var starts: [Double]

  init(capacity: Int) {
    centres = [Int](repeating: 0, count: capacity)
    heights = [Double](repeating: 0, count: capacity)
    starts = [Double](repeating: 0, count: capacity)
  }

  mutating func transform(_ values: inout [Double], start: Int, stride: Int, count: Int, spacing: Double) {
    let size = build(values, start: start, stride: stride, count: count, weight: spacing * spacing)
    guard size > 0 else { return }
    var parabola = 0
    for p in 0..<count {
      while parabola + 1 < size, starts[parabola + 1] < Double(p) { parabola += 1 }
      let offset = Double(p - centres[parabola]) * spacing
      values[start + p * stride] = offset * offset + heights[parabola]
    }
  }

  /// Fills the envelope from the row's finite values; how many parabolas it has.
  private mutating func build(_ values: [Double], start: Int, stride: Int, count: Int, weight: Double) -> Int {
    var size = 0
    for q in 0..<count {
      let height = values[start + q * stride]
      guard height < .infinity else { continue }
      var crossing = -Double.infinity
      while size > 0 {
        let other = centres[size - 1]
        let rise = (height - heights[size - 1]) / weight
        crossing = (rise / Double(q - other) + Double(q + other)) / 2
        if crossing > starts[size - 1] { break }
        size -= 1
        crossing = -.infinity
      }
      centres[size] = q
      heights[size] = height
      starts[size] = crossing
      size += 1
    }
    return size
  }
}
