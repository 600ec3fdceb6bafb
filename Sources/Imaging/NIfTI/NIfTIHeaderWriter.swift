/// The bytes of a header for a grid: NIfTI-1 (352 bytes), or NIfTI-2 (544) where an axis is longer than 32767.
///
/// Both transforms are set, with code 1 (scanner), in RAS millimetres; a skewed grid gets the sform alone, since a
/// quaternion cannot say it.
struct NIfTIHeaderWriter {
  private(set) var bytes: [UInt8]
  private let second: Bool

  init(_ geometry: Geometry, _ datatype: NIfTIDatatype) throws(NIfTIError) {
    let size = [geometry.width, geometry.height, geometry.depth]
    second = size.contains { $0 > 32767 }
    bytes = [UInt8](repeating: 0, count: second ? 544 : 352)
    putIdentity(datatype)
    for (axis, count) in ([3] + size + [1, 1, 1, 1]).enumerated() {
      if second { put(Int64(count), 16 + 8 * axis) } else { put(Int16(count), 40 + 2 * axis) }
    }
    putTransforms(geometry)
  }

  private mutating func putIdentity(_ datatype: NIfTIDatatype) {
    put(Int32(second ? 540 : 348), 0)
    put(Int16(datatype.rawValue), second ? 12 : 70)
    put(Int16(datatype.size * 8), second ? 14 : 72)
    if second { put(Int64(544), 168) } else { put(Float(352).bitPattern, 108) }
    put(real: 1, 112, 176)
    if second { put(Int32(2), 500) } else { bytes[123] = 2 }  // NIFTI_UNITS_MM
    let magic: [UInt8] = [0x6E, 0x2B, second ? 0x32 : 0x31, 0] + (second ? [0x0D, 0x0A, 0x1A, 0x0A] : [])
    bytes.replaceSubrange((second ? 4 : 344)..<(second ? 12 : 348), with: magic)
    if !second { bytes[38] = 0x72 }  // "regular", as Analyze 7.5 readers expect
  }

  private mutating func putTransforms(_ geometry: Geometry) {
    let columns = [geometry.iStep, geometry.jStep, geometry.kStep].map { NIfTIHeader.flip($0) }
    let origin = NIfTIHeader.flip(geometry.origin)
    for (axis, column) in columns.enumerated() { put(real: column.length, 76, 104, index: axis + 1) }
    for row in 0..<3 {
      for (place, column) in (columns + [origin]).enumerated() {
        put(real: column[row], 280, 400, index: 4 * row + place)
      }
    }
    let rightAngled = NIfTIHeader.isRightAngled(columns)
    let leftHanded = columns[0].cross(columns[1]).dot(columns[2]) < 0
    put(real: leftHanded ? -1 : 1, 76, 104)
    if second {
      put(Int32(rightAngled ? 1 : 0), 344)
      put(Int32(1), 348)
    } else {
      put(Int16(rightAngled ? 1 : 0), 252)
      put(Int16(1), 254)
    }
    guard rightAngled else { return }
    var units = columns.map { $0 / $0.length }
    if leftHanded { units[2] = -units[2] }
    let quaternion = Self.quaternion(of: units)
    for axis in 0..<3 {
      put(real: quaternion[axis], 256, 352, index: axis)
      put(real: origin[axis], 256, 352, index: axis + 3)
    }
  }

  /// `b, c, d` of the unit quaternion with `a >= 0` for a rotation given by its columns (Shepperd, J. Guidance and Control
  /// 1978: divide by the largest of the four components).
  private static func quaternion(of columns: [SIMD3<Double>]) -> SIMD3<Double> {
    let (x, y, z) = (columns[0], columns[1], columns[2])
    let squares = [
      1 + x.x + y.y + z.z, 1 + x.x - y.y - z.z, 1 - x.x + y.y - z.z, 1 - x.x - y.y + z.z,
    ]
    let largest = squares.indices.max { squares[$0] < squares[$1] } ?? 0
    let four = 2 * squares[largest].squareRoot()
    var (a, vector): (Double, SIMD3<Double>)
    switch largest {
    case 0: (a, vector) = (four / 4, SIMD3(y.z - z.y, z.x - x.z, x.y - y.x) / four)
    case 1: (a, vector) = ((y.z - z.y) / four, SIMD3(four * four / 4, y.x + x.y, z.x + x.z) / four)
    case 2: (a, vector) = ((z.x - x.z) / four, SIMD3(y.x + x.y, four * four / 4, z.y + y.z) / four)
    default: (a, vector) = ((x.y - y.x) / four, SIMD3(z.x + x.z, z.y + y.z, four * four / 4) / four)
    }
    return a < 0 ? -vector : vector
  }

  private mutating func put(_ value: some FixedWidthInteger & BitwiseCopyable, _ place: Int) {
    let little = value.littleEndian
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: little, toByteOffset: place, as: type(of: little)) }
  }

  private mutating func put(real value: Double, _ first: Int, _ other: Int, index: Int = 0) {
    if second {
      put(value.bitPattern, other + 8 * index)
    } else {
      put(Float(value).bitPattern, first + 4 * index)
    }
  }
}
