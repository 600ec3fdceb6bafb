import Foundation
import Imaging

/// Slices as compressed text: groups of neighbouring slices, each group one gzip member in base64.
struct VoxelChunks: Sendable {
  /// Base64 texts, first group first; empty for a group in which every code is 0.
  let texts: [[UInt8]]
  /// Slices in a group (the last may have fewer).
  let slicesPerChunk: Int
  /// Bytes of a code.
  let bytesPerCode: Int

  /// Bytes of all texts.
  var size: Int { texts.reduce(0) { $0 + $1.count } }

  /// Bytes of raw codes that a group should come to: enough for the compressor's tables to pay, little enough to be unpacked
  /// between two pictures.
  static let chunkBytes = 1 << 19

  /// libdeflate's effort. Residuals of noise leave nothing for a longer search to find: higher levels cost seconds for less
  /// than one percent.
  private static let level: Int32 = 6

  /// Packs `depth` slices of `sliceSize` codes; `residuals(k)` gives those of slice `k`, or nil when it is all 0.
  static func packed(
    depth: Int, sliceSize: Int, bytesPerCode: Int, residuals: (Int) -> [UInt8]?
  ) throws(ReportError) -> VoxelChunks {
    let sliceBytes = sliceSize * bytesPerCode
    let perChunk = max(1, min(depth, chunkBytes / max(1, sliceBytes)))
    var texts: [[UInt8]] = []
    for start in stride(from: 0, to: depth, by: perChunk) {
      var raw: [UInt8] = []
      var isEmpty = true
      for k in start..<min(depth, start + perChunk) {
        let slice = residuals(k)
        isEmpty = isEmpty && slice == nil
        raw += slice ?? [UInt8](repeating: 0, count: sliceBytes)
      }
      texts.append(isEmpty ? [] : try text(raw))
    }
    return VoxelChunks(texts: texts, slicesPerChunk: perChunk, bytesPerCode: bytesPerCode)
  }

  /// `raw` as gzip in base64.
  static func text(_ raw: [UInt8]) throws(ReportError) -> [UInt8] {
    guard let packed = Gzip.compressed(raw, level: level) else { throw .compressionFailed }
    return [UInt8](Data(packed).base64EncodedData())
  }
}
