package import Foundation
package import Tensors

extension SafetensorsFile {
  /// Writes `tensors` and `metadata` to `file`: under a temporary name beside it, synchronised, then renamed.
  ///
  /// A tensor is stored as F16 where that loses nothing of any of its elements, else as F32. Tensors are laid out in the order of their names and the header's keys are sorted, so equal content gives equal bytes.
  package static func write(
    _ tensors: [String: Tensor], metadata: [String: String], to file: URL
  ) throws(CheckpointError) {
    var entries: [String: SafetensorsHeader.Entry] = [:]
    var end = 0
    let names = tensors.keys.sorted()
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let isHalf = tensor.isHalfPrecision
      let next = end + (isHalf ? 2 : 4) * tensor.count
      entries[name] = SafetensorsHeader.Entry(dtype: isHalf ? "F16" : "F32", shape: tensor.shape, range: [end, next])
      end = next
    }
    let header = SafetensorsHeader(tensors: entries, metadata: metadata)
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try write(try encoder.encode(header), names.compactMap { tensors[$0] }, to: file)
    } catch {
      throw CheckpointError(.unreadable, file.path, "not written: \(error)")
    }
  }

  private static func write(_ header: Data, _ tensors: [Tensor], to file: URL) throws {
    let padding = (8 - header.count % 8) % 8  // tensor bytes begin at a multiple of 8, as the format asks
    let temporary = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).\(UUID().uuidString)")
    try Data().write(to: temporary)
    do {
      let handle = try FileHandle(forWritingTo: temporary)
      try handle.write(contentsOf: withUnsafeBytes(of: UInt64(header.count + padding).littleEndian) { Data($0) })
      try handle.write(contentsOf: header + Data(repeating: UInt8(ascii: " "), count: padding))
      for tensor in tensors {
        try handle.write(contentsOf: tensor.stored)
      }
      try handle.synchronize()
      try handle.close()
      guard rename(temporary.path, file.path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw error
    }
  }
}

extension Tensor {
  /// Every element rounded to the nearest half-precision number (IEEE 754 binary16); infinite where it is too large for one.
  package var roundedToHalf: Tensor { Tensor(shape: shape, elements: elements.map { Float(Float16($0)) }) }

  fileprivate var isHalfPrecision: Bool {
    elements.allSatisfy { Float(Float16($0)).bitPattern == $0.bitPattern }
  }

  /// The elements' bytes, little-endian.
  fileprivate var stored: Data {
    isHalfPrecision
      ? elements.map { Float16($0).bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
      : elements.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
  }
}
