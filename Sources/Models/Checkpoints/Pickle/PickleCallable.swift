/// Everything a pickle may name. Any other name ends the load, whatever it is.
package enum PickleCallable: Hashable, Sendable {
  /// `collections.OrderedDict`.
  case orderedDict
  /// `torch._utils._rebuild_tensor_v2`: a view of a storage.
  case rebuildTensor
  /// `torch._utils._rebuild_parameter`: a tensor that wants gradients.
  case rebuildParameter
  /// `torch.device`.
  case device
  /// `numpy.core.multiarray.scalar`, `numpy._core.multiarray.scalar` since numpy 2.
  case numpyScalar
  /// `numpy.dtype`.
  case numpyType
  /// `_codecs.encode`: how Python 3 writes bytes in protocol 2.
  case encode
  /// `torch.FloatStorage` and its kin: only named inside persistent ids, never called.
  case storage(TorchScalar)

  /// The callable for a module and a name, or nil.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", "device"): self = .device
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .numpyScalar
    case ("numpy", "dtype"): self = .numpyType
    case ("_codecs", "encode"): self = .encode
    case ("torch", _):
      guard let scalar = TorchScalar(rawValue: name) else { return nil }
      self = .storage(scalar)
    default: return nil
    }
  }
}

/// A numpy element type that a scalar may have.
package enum NumpyType: String, Hashable, Sendable {
  case float16 = "f2"
  case float32 = "f4"
  case float64 = "f8"
  case int8 = "i1"
  case int16 = "i2"
  case int32 = "i4"
  case int64 = "i8"
  case uint8 = "u1"
  case uint16 = "u2"
  case uint32 = "u4"
  case uint64 = "u8"
  case bool = "b1"

  /// Bytes of one element: the digit of the name.
  var size: Int { rawValue.utf8.last.map { Int($0) - 48 } ?? 0 }

  /// The value of one little-endian element, nil when `bytes` has another length or the number is beyond 64 bits.
  func value(_ bytes: [UInt8]) -> PickleValue? {
    guard bytes.count == size, let bits = bytes.littleEndian(at: 0, count: size) else { return nil }
    switch self {
    case .float16: return .double(Double(Float(halfBits: UInt16(truncatingIfNeeded: bits))))
    case .float32: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case .float64: return .double(Double(bitPattern: bits))
    case .int8: return .int(Int(Int8(truncatingIfNeeded: bits)))
    case .int16: return .int(Int(Int16(truncatingIfNeeded: bits)))
    case .int32: return .int(Int(Int32(truncatingIfNeeded: bits)))
    case .int64: return .int(Int(Int64(bitPattern: bits)))
    case .uint8, .uint16, .uint32, .uint64: return Int(exactly: bits).map { .int($0) }
    case .bool: return .bool(bits != 0)
    }
  }
}
