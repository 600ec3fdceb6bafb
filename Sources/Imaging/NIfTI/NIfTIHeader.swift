/// What a NIfTI-1 or NIfTI-2 header says, checked against itself (nifti1.h, nifti2.h).
struct NIfTIHeader {
  /// Voxels along `i`, `j`, `k`: `dim[1...3]`, 1 where the header has fewer axes.
  var size: [Int]
  /// Volumes one after the other: the product of `dim[4...7]`.
  var channels: Int
  /// How a voxel is stored.
  var datatype: NIfTIDatatype
  /// Whether the file's byte order is not this machine's.
  var swapped: Bool
  /// Where the first voxel lies.
  var offset: Int
  /// `scl_slope`; nil where the header asks for no scaling (0, or not finite).
  var slope: Double?
  /// `scl_inter`.
  var intercept: Double
  /// `pixdim[0...3]`.
  var pixdim: [Double]
  /// Millimetres in one unit of length, from `xyzt_units`.
  var millimetres: Double
  /// `qform_code`, `sform_code`: 0 where that transform is not given.
  var qformCode: Int
  var sformCode: Int
  /// `quatern_b, quatern_c, quatern_d`.
  var quaternion: SIMD3<Double>
  /// `qoffset_x, qoffset_y, qoffset_z`.
  var qoffset: SIMD3<Double>
  /// `srow_x, srow_y, srow_z`, each of four numbers.
  var srows: [[Double]]

  /// Voxels of one channel. Checked on reading, so it does not overflow.
  var voxels: Int { size[0] * size[1] * size[2] }

  /// The shortest header, NIfTI-1 with its four extension bytes.
  static let shortest = 352
}

extension NIfTIHeader {
  /// Reads the header at the start of `bytes`, either version, either byte order.
  init(_ bytes: [UInt8], file: String) throws(NIfTIError) {
    var fields = try FieldReader(bytes, file: file)
    swapped = fields.swapped
    size = [1, 1, 1]
    channels = 1
    (datatype, offset) = try fields.storage()
    let dim = try fields.dimensions()
    for axis in 1...7 where axis <= dim[0] {
      guard dim[axis] >= 1 else {
        throw NIfTIError(.damaged, file, "dim[\(axis)] is \(dim[axis]); an axis has at least one voxel")
      }
      if axis <= 3 {
        size[axis - 1] = dim[axis]
      } else {
        channels = channels.multipliedReportingOverflow(by: dim[axis]).partialValue
      }
    }
    try Self.checkProduct(dim, file: file)
    (slope, intercept) = fields.scaling()
    pixdim = fields.pixdim()
    millimetres = try fields.millimetres()
    (qformCode, sformCode) = fields.codes()
    (quaternion, qoffset, srows) = fields.transforms()
  }

  private static func checkProduct(_ dim: [Int], file: String) throws(NIfTIError) {
    var product = 8
    for axis in 1...dim[0] {
      let (next, overflow) = product.multipliedReportingOverflow(by: dim[axis])
      guard !overflow else {
        throw NIfTIError(.tooLarge, file, "the axes \(Array(dim[1...dim[0]])) have more voxels than a number can count")
      }
      product = next
    }
  }
}

/// Reads the header's fields at the places that its version gives them.
private struct FieldReader {
  let bytes: [UInt8]
  let file: String
  let second: Bool
  let swapped: Bool

  init(_ bytes: [UInt8], file: String) throws(NIfTIError) {
    self.bytes = bytes
    self.file = file
    guard bytes.count >= NIfTIHeader.shortest else {
      throw NIfTIError(.notNIfTI, file, "\(bytes.count) bytes are too few for a NIfTI header (\(NIfTIHeader.shortest))")
    }
    let length = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
    switch length {
    case 348, 540: swapped = false
    case Int32(348).byteSwapped, Int32(540).byteSwapped: swapped = true
    default:
      throw NIfTIError(.notNIfTI, file, "no NIfTI header: it starts with neither 348 nor 540 in either byte order")
    }
    second = (swapped ? length.byteSwapped : length) == 540
    let magic = Array(second ? bytes[4..<8] : bytes[344..<348])
    switch (magic[0], magic[1], magic[2], magic[3]) {
    case (0x6E, 0x2B, second ? 0x32 : 0x31, 0): break  // "n+1", "n+2"
    case (0x6E, 0x69, second ? 0x32 : 0x31, 0):  // "ni1", "ni2"
      throw NIfTIError(.unsupported, file, "a pair of .hdr and .img files; join them into one .nii first")
    default: throw NIfTIError(.notNIfTI, file, "no NIfTI magic (n+1 or n+2); Analyze 7.5 files are not read")
    }
    guard !second || bytes.count >= 544 else { throw NIfTIError(.damaged, file, "the NIfTI-2 header is cut off") }
  }

  func integer<T: FixedWidthInteger>(_ type: T.Type, _ place: Int) -> Int {
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: T.self) }
    return Int(truncatingIfNeeded: swapped ? value.byteSwapped : value)
  }

  func single(_ place: Int) -> Double {
    Double(Float(bitPattern: UInt32(truncatingIfNeeded: integer(UInt32.self, place))))
  }

  func double(_ place: Int) -> Double { Double(bitPattern: UInt64(truncatingIfNeeded: integer(Int64.self, place))) }

  /// The floating-point field at its place in version 1 and in version 2.
  func real(_ first: Int, _ other: Int, index: Int = 0) -> Double {
    second ? double(other + 8 * index) : single(first + 4 * index)
  }

  func dimensions() throws(NIfTIError) -> [Int] {
    let dim = (0...7).map { second ? integer(Int64.self, 16 + 8 * $0) : integer(Int16.self, 40 + 2 * $0) }
    guard (1...7).contains(dim[0]) else {
      throw NIfTIError(.damaged, file, "dim[0] is \(dim[0]); NIfTI has 1 to 7 axes")
    }
    return dim
  }

  mutating func storage() throws(NIfTIError) -> (NIfTIDatatype, Int) {
    let code = integer(Int16.self, second ? 12 : 70)
    guard let datatype = NIfTIDatatype(rawValue: code) else {
      throw NIfTIError(
        .unsupported, file, "datatype \(code) (\(NIfTIDatatype.name(ofRefused: code))); real numbers are read")
    }
    let bits = integer(Int16.self, second ? 14 : 72)
    guard bits == datatype.size * 8 else {
      throw NIfTIError(.damaged, file, "datatype \(code) has \(datatype.size * 8) bits a voxel, bitpix says \(bits)")
    }
    let first = second ? Double(integer(Int64.self, 168)) : single(108)
    let least = second ? 544 : NIfTIHeader.shortest
    guard let offset = Int(exactly: first), offset >= least else {
      throw NIfTIError(.damaged, file, "vox_offset is \(first); the voxels start at byte \(least) or later")
    }
    return (datatype, offset)
  }

  func scaling() -> (Double?, Double) {
    let slope = real(112, 176)
    let intercept = real(116, 184)
    guard slope.isFinite, intercept.isFinite, slope != 0, slope != 1 || intercept != 0 else { return (nil, 0) }
    return (slope, intercept)
  }

  func pixdim() -> [Double] { (0...3).map { real(76, 104, index: $0) } }

  func millimetres() throws(NIfTIError) -> Double {
    let code = (second ? integer(Int32.self, 500) : Int(bytes[123])) & 7
    switch code {
    case 0, 2: return 1
    case 1: return 1000
    case 3: return 0.001
    default: throw NIfTIError(.damaged, file, "xyzt_units names no unit of length that NIfTI defines (\(code))")
    }
  }

  func codes() -> (Int, Int) {
    second
      ? (integer(Int32.self, 344), integer(Int32.self, 348)) : (integer(Int16.self, 252), integer(Int16.self, 254))
  }

  func transforms() -> (SIMD3<Double>, SIMD3<Double>, [[Double]]) {
    let q = (0..<6).map { real(256, 352, index: $0) }
    let rows = (0..<3).map { row in (0..<4).map { real(280, 400, index: 4 * row + $0) } }
    return (SIMD3(q[0], q[1], q[2]), SIMD3(q[3], q[4], q[5]), rows)
  }
}
