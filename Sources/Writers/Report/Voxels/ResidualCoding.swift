/// What a slice's codes are not foretold by their neighbours: small numbers that deflate packs well.
///
/// Images use the median edge detector of LOCO-I (Weinberger, Seroussi, Sapiro, IEEE Trans. Image Processing 9, 2000,
/// section III.A); label maps the code above. The page's script undoes both.
package enum ResidualCoding {
  /// Residuals of an image slice `[H, W]`: one byte a voxel for codes of one byte; for two, all low bytes of the residuals,
  /// folded to `0, -1, 1, -2, ...` as `0, 1, 2, 3, ...`, and then all high bytes.
  package static func image(_ codes: [UInt16], width: Int, bytes: Int) -> [UInt8] {
    var residuals = [UInt16](repeating: 0, count: codes.count)
    for start in stride(from: 0, to: codes.count, by: width) {
      var left = 0
      var corner = 0
      for x in 0..<width {
        let above = start > 0 ? Int(codes[start - width + x]) : 0
        let code = Int(codes[start + x])
        let guess = prediction(left: left, above: above, corner: corner, isFirstRow: start == 0, isFirstColumn: x == 0)
        residuals[start + x] = bytes == 1 ? UInt16(truncatingIfNeeded: (code - guess) & 255) : folded(code - guess)
        left = code
        corner = above
      }
    }
    return planes(residuals, bytes: bytes)
  }

  /// Residuals of a label slice `[H, W]`: each code exclusive-or the one above it.
  package static func labels(_ codes: [UInt16], width: Int, bytes: Int) -> [UInt8] {
    var residuals = codes
    for place in codes.indices.dropFirst(width) { residuals[place] ^= codes[place - width] }
    return planes(residuals, bytes: bytes)
  }

  private static func prediction(left: Int, above: Int, corner: Int, isFirstRow: Bool, isFirstColumn: Bool) -> Int {
    if isFirstRow { return left }
    if isFirstColumn { return above }
    let low = min(left, above)
    let high = max(left, above)
    return corner >= high ? low : corner <= low ? high : left + above - corner
  }

  private static func folded(_ difference: Int) -> UInt16 {
    // A difference of codes below 32,768 always fits; GreyLevels never has more.
    UInt16(truncatingIfNeeded: difference < 0 ? -2 * difference - 1 : 2 * difference)
  }

  private static func planes(_ values: [UInt16], bytes: Int) -> [UInt8] {
    let low = values.map { UInt8(truncatingIfNeeded: $0) }
    return bytes == 1 ? low : low + values.map { UInt8(truncatingIfNeeded: $0 >> 8) }
  }
}
