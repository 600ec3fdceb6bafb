/// Voxels as 16-bit samples.
struct StoredSamples {
  /// Two's complement when `isSigned`.
  let words: [UInt16]
  let isSigned: Bool
  let bitsStored: Int
  /// Stored value / voxel value.
  let scale: Double
  let smallest: Int
  let largest: Int

  init(_ voxels: [Float]) {
    var low: Float = .infinity
    var high: Float = -.infinity
    var whole = true
    for value in voxels where value.isFinite {
      low = min(low, value)
      high = max(high, value)
      whole = whole && value == value.rounded()
    }
    if low > high { (low, high) = (0, 0) }
    let signed = low < 0
    let fits = signed ? low >= -32768 && high <= 32767 : high <= 65535
    let magnitude = Double(max(abs(low), abs(high)))
    let factor = whole && fits || magnitude == 0 ? 1 : 32767 / magnitude
    func stored(_ value: Float) -> Int { value.isFinite ? Int((Double(value) * factor).rounded()) : 0 }
    words = voxels.map { UInt16(truncatingIfNeeded: stored($0)) }
    isSigned = signed
    scale = factor
    smallest = stored(low)
    largest = stored(high)
    bitsStored = !signed && largest < 4096 ? 12 : 16
  }
}
