/// Stored values to real ones: the bits that BitsStored and HighBit name, with their sign, through the rescale
/// (PS3.5 8.1.1, PS3.3 C.11.1).
enum StoredPixels {
  /// Writes `slice`'s rescaled values into `target`, `rows * columns` of them in row-major order.
  static func rescale(_ bytes: [UInt8], of slice: SliceHeader, into target: UnsafeMutableBufferPointer<Float>) {
    let shift = slice.highBit + 1 - slice.bitsStored
    let mask = UInt32(1) << UInt32(slice.bitsStored) - 1
    let sign = slice.isSigned ? UInt32(1) << UInt32(slice.bitsStored - 1) : 0
    let (slope, intercept) = (slice.slope, slice.intercept)
    let value = { (raw: UInt32) -> Float in
      let bits = (raw >> UInt32(shift)) & mask
      let stored = Int32(bitPattern: (bits ^ sign) &- sign)
      return Float(Double(stored) * slope + intercept)
    }
    bytes.withUnsafeBytes { raw in
      if slice.bitsAllocated == 8 {
        for index in target.indices { target[index] = value(UInt32(raw[index])) }
      } else {
        for index in target.indices {
          target[index] = value(UInt32(raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
        }
      }
    }
  }
}
