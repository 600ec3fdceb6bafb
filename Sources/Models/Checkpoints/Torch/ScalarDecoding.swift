extension Float {
  /// The value of an IEEE 754 binary16 bit pattern; done in integers because not every target has the type.
  init(halfBits bits: UInt16) {
    let (sign, exponent, fraction) = (UInt32(bits >> 15) << 31, UInt32(bits >> 10) & 31, UInt32(bits) & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 31: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

extension TorchScalar {
  /// `bytes` (little-endian, a whole number of elements) as Float; wider types are rounded.
  func decode(_ bytes: [UInt8]) -> [Float] {
    switch self {
    case .float32: Self.map(bytes, UInt32.self) { Float(bitPattern: $0) }
    case .float16: Self.map(bytes, UInt16.self) { Float(halfBits: $0) }
    case .bfloat16: Self.map(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .float64: Self.map(bytes, UInt64.self) { Float(Double(bitPattern: $0)) }
    case .int64: Self.map(bytes, Int64.self) { Float($0) }
    case .int32: Self.map(bytes, Int32.self) { Float($0) }
    case .int16: Self.map(bytes, Int16.self) { Float($0) }
    case .int8: Self.map(bytes, Int8.self) { Float($0) }
    case .uint8: Self.map(bytes, UInt8.self) { Float($0) }
    case .bool: Self.map(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  private static func map<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: [UInt8], _: Bits.Type, _ convert: (Bits) -> Float
  ) -> [Float] {
    let size = MemoryLayout<Bits>.size
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / size).map {
        convert(Bits(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * size, as: Bits.self)))
      }
    }
  }
}
