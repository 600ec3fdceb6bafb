extension StoredNIfTI {
  /// The voxels of one channel, scaled (in double precision, as ITK and nibabel scale), as Float.
  func floats(channel: Int) -> [Float] {
    switch header.datatype {
    case .uint8: floats(channel, UInt8.self, { Float($0) }, { Double($0) })
    case .int8: floats(channel, UInt8.self, { Float(Int8(bitPattern: $0)) }, { Double(Int8(bitPattern: $0)) })
    case .uint16: floats(channel, UInt16.self, { Float($0) }, { Double($0) })
    case .int16: floats(channel, UInt16.self, { Float(Int16(bitPattern: $0)) }, { Double(Int16(bitPattern: $0)) })
    case .uint32: floats(channel, UInt32.self, { Float($0) }, { Double($0) })
    case .int32: floats(channel, UInt32.self, { Float(Int32(bitPattern: $0)) }, { Double(Int32(bitPattern: $0)) })
    case .uint64: floats(channel, UInt64.self, { Float($0) }, { Double($0) })
    case .int64: floats(channel, UInt64.self, { Float(Int64(bitPattern: $0)) }, { Double(Int64(bitPattern: $0)) })
    case .float32: floats(channel, UInt32.self, { Float(bitPattern: $0) }, { Double(Float(bitPattern: $0)) })
    case .float64: floats(channel, UInt64.self, { Float(Double(bitPattern: $0)) }, { Double(bitPattern: $0) })
    }
  }

  /// The voxels of the only channel as labels.
  func labels() throws(NIfTIError) -> [UInt16] {
    if header.slope == nil, header.datatype == .uint8 { return map(0, UInt8.self) { UInt16($0) } }
    if header.slope == nil, header.datatype == .uint16 { return map(0, UInt16.self) { $0 } }
    let values = doubles()
    if let index = values.firstIndex(where: { !($0 >= 0 && $0 <= 65535 && $0 == $0.rounded()) }) {
      let (i, rest) = (index % header.size[0], index / header.size[0])
      throw NIfTIError(
        .notLabels, name,
        "voxel (\(i), \(rest % header.size[1]), \(rest / header.size[1])) is \(values[index]); a label is a whole number "
          + "in 0...65535")
    }
    return values.map { UInt16($0) }
  }

  private func doubles() -> [Double] {
    let (slope, intercept) = (header.slope ?? 1, header.intercept)
    return switch header.datatype {
    case .uint8: map(0, UInt8.self) { Double($0) * slope + intercept }
    case .int8: map(0, UInt8.self) { Double(Int8(bitPattern: $0)) * slope + intercept }
    case .uint16: map(0, UInt16.self) { Double($0) * slope + intercept }
    case .int16: map(0, UInt16.self) { Double(Int16(bitPattern: $0)) * slope + intercept }
    case .uint32: map(0, UInt32.self) { Double($0) * slope + intercept }
    case .int32: map(0, UInt32.self) { Double(Int32(bitPattern: $0)) * slope + intercept }
    case .uint64: map(0, UInt64.self) { Double($0) * slope + intercept }
    case .int64: map(0, UInt64.self) { Double(Int64(bitPattern: $0)) * slope + intercept }
    case .float32: map(0, UInt32.self) { Double(Float(bitPattern: $0)) * slope + intercept }
    case .float64: map(0, UInt64.self) { Double(bitPattern: $0) * slope + intercept }
    }
  }

  @inline(__always)
  private func floats<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ channel: Int, _ type: Bits.Type, _ plain: (Bits) -> Float, _ wide: (Bits) -> Double
  ) -> [Float] {
    guard let slope = header.slope else { return map(channel, type, plain) }
    let intercept = header.intercept
    return map(channel, type) { Float(wide($0) * slope + intercept) }
  }

  /// `transform` of every stored voxel of the channel, brought to this machine's byte order.
  @inline(__always)
  private func map<Bits: FixedWidthInteger & BitwiseCopyable, Value>(
    _ channel: Int, _ type: Bits.Type, _ transform: (Bits) -> Value
  ) -> [Value] {
    let (count, width) = (header.voxels, MemoryLayout<Bits>.size)
    let start = header.offset + channel * count * width
    return [Value](unsafeUninitializedCapacity: count) { target, filled in
      bytes.withUnsafeBytes { raw in
        guard let values = target.baseAddress, let first = raw.baseAddress.map({ $0 + start }) else { return }
        if header.swapped {
          for index in 0..<count {
            let bits = first.loadUnaligned(fromByteOffset: index * width, as: Bits.self).byteSwapped
            (values + index).initialize(to: transform(bits))
          }
        } else {
          for index in 0..<count {
            let bits = first.loadUnaligned(fromByteOffset: index * width, as: Bits.self)
            (values + index).initialize(to: transform(bits))
          }
        }
        filled = count
      }
    }
  }
}
