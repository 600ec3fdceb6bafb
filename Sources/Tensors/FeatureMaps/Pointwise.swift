/// What a layer leaves for the next one to apply while it reads: per channel `y = t > 0 ? t : slope * t` with
/// `t = scale * x + shift`. Instance norm and LeakyReLU cost no pass over memory this way.
public struct Pointwise: Sendable {
  /// Per channel of the padded layout.
  let channels: Int
  // scale, shift, slope, one after the other.
  let buffer: AlignedBuffer

  init(scale: [Float], shift: [Float], slope: [Float]) {
    channels = scale.count
    buffer = AlignedBuffer(scale + shift + slope)
  }

  /// `y = x` on `channels` padded channels.
  static func identity(_ channels: Int) -> Pointwise {
    Pointwise(
      scale: [Float](repeating: 1, count: channels), shift: [Float](repeating: 0, count: channels),
      slope: [Float](repeating: 1, count: channels))
  }

  var scale: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }
  var shift: UnsafePointer<Float> { UnsafePointer(buffer.pointer + channels) }
  var slope: UnsafePointer<Float> { UnsafePointer(buffer.pointer + 2 * channels) }

  /// The parts of a concatenation, one after the other.
  static func concatenating(_ parts: [Pointwise]) -> Pointwise {
    func all(_ pointer: (Pointwise) -> UnsafePointer<Float>) -> [Float] {
      parts.flatMap { [Float](UnsafeBufferPointer(start: pointer($0), count: $0.channels)) }
    }
    return Pointwise(scale: all { $0.scale }, shift: all { $0.shift }, slope: all { $0.slope })
  }

  /// The value of channel `c` (of the padded layout) for `x`.
  func callAsFunction(_ x: Float, channel c: Int) -> Float {
    let t = scale[c] * x + shift[c]
    return t > 0 ? t : slope[c] * t
  }
}

extension Pointwise {
  /// What the reader of a concatenation of two has to apply: nothing to the first group, `second` to the second.
  public static func owed(by layout: ChannelLayout, second: Pointwise?) -> Pointwise? {
    guard let second else { return nil }
    return concatenating([identity(layout.paddedChannels - second.channels), second])
  }
}
