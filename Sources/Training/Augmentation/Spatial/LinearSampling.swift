internal import Tensors

extension PatchSampling {
  /// Trilinear interpolation of each channel; 0 outside, as `grid_sample` with zero padding.
  func linear(_ image: Tensor) -> Tensor {
    let channels = image.shape[0]
    let voxels = to.reduce(1, *)
    let frame = LinearCorner.Frame(from)
    let sources = image.elements.withUnsafeBufferPointer { elements in
      (0..<channels).map {
        framed(elements.baseAddress.unsafelyUnwrapped + $0 * from.reduce(1, *), from, Float(0))
      }
    }
    let elements = [Float](unsafeUninitializedCapacity: channels * voxels) { buffer, count in
      let result = buffer.baseAddress.unsafelyUnwrapped
      forEachRow { first, coordinates in
        for (channel, source) in sources.enumerated() {
          source.withUnsafeBufferPointer {
            linearRow(
              $0.baseAddress.unsafelyUnwrapped, coordinates, frame, into: result + channel * voxels + first)
          }
        }
      }
      count = channels * voxels
    }
    return Tensor(shape: [channels] + to, elements: elements)
  }

  @inline(__always)
  private func linearRow(
    _ source: UnsafePointer<Float>, _ coordinates: UnsafePointer<Float>, _ frame: LinearCorner.Frame,
    into result: UnsafeMutablePointer<Float>
  ) {
    let width = to[2]
    for x in 0..<width {
      let corner = LinearCorner(coordinates[x], coordinates[width + x], coordinates[2 * width + x], frame)
      let near = source + corner.index
      let far = near + frame.slice
      // Pairs along W: down H, then down D, then along W.
      let nearer = Self.mix(Self.pair(near), Self.pair(near + frame.row), corner.y)
      let farther = Self.mix(Self.pair(far), Self.pair(far + frame.row), corner.y)
      let both = Self.mix(nearer, farther, corner.z)
      result[x] = both.x + corner.x * (both.y - both.x)
    }
  }

  @inline(__always)
  private static func pair(_ place: UnsafePointer<Float>) -> SIMD2<Float> {
    UnsafeRawPointer(place).loadUnaligned(as: SIMD2<Float>.self)
  }

  @inline(__always)
  private static func mix(_ a: SIMD2<Float>, _ b: SIMD2<Float>, _ fraction: Float) -> SIMD2<Float> {
    a + (b - a) * fraction
  }
}
