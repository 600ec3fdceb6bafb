/// The `datatype` codes of a NIfTI header (nifti1.h) that hold one real number a voxel.
enum NIfTIDatatype: Int, CaseIterable {
  case uint8 = 2
  case int16 = 4
  case int32 = 8
  case float32 = 16
  case float64 = 64
  case int8 = 256
  case uint16 = 512
  case uint32 = 768
  case int64 = 1024
  case uint64 = 1280

  /// Bytes of one voxel.
  var size: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// The standard's name for a code that is refused, for the error.
  static func name(ofRefused code: Int) -> String {
    switch code {
    case 1: "one bit a voxel"
    case 32, 1792, 2048: "complex numbers"
    case 128, 2304: "colours"
    case 1536: "128-bit floating point"
    default: "a type that NIfTI does not define"
    }
  }
}
