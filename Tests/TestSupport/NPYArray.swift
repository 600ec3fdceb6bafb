public import Foundation

/// An array in NumPy's `.npy` format (NEP 1, versions 1 and 2): little-endian or single-byte elements, C order.
public struct NPYArray: Sendable {
  /// Length of each axis, slowest first.
  public let shape: [Int]
  /// NumPy's type text without the byte order: `f4`, `f8`, `u1`, `i1`, `u2`, `i2`, `u4`, `i4`, `u8`, `i8`, `b1`.
  public let type: String
  private let bytes: [UInt8]

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// Reads the file's bytes; throws ``GoldenError`` on anything but the above.
  public init(_ data: Data) throws {
    let bytes = [UInt8](data)
    guard bytes.count > 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)), (1...2).contains(bytes[6]) else {
      throw GoldenError(description: "not an .npy file of version 1 or 2")
    }
    let prefix = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<prefix].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard prefix + length <= bytes.count else { throw GoldenError(description: "the .npy header is cut off") }
    let header = String(decoding: bytes[prefix..<prefix + length], as: UTF8.self)
    guard let match = header.firstMatch(of: /'descr': '([<|])([fuib][1248])'/),
      header.contains("'fortran_order': False"),
      let axes = header.firstMatch(of: /'shape': \(([0-9, ]*)\)/)
    else { throw GoldenError(description: "an .npy header that is not supported: \(header)") }
    type = String(match.output.2)
    shape = axes.output.1.split(whereSeparator: { ", ".contains($0) }).compactMap { Int($0) }
    self.bytes = Array(bytes[(prefix + length)...])
    let width = type.last.flatMap { Int(String($0)) } ?? 0
    guard self.bytes.count == shape.reduce(1, *) * width else {
      throw GoldenError(description: "an .npy file of shape \(shape), \(type), with \(self.bytes.count) bytes of data")
    }
  }

  /// Every element as Float (rounded where Float cannot hold it).
  public var floats: [Float] {
    switch type {
    case "f4": load(Float.self)
    case "f8": load(Double.self).map { Float($0) }
    default: integers.map { Float($0) }
    }
  }

  /// Every element as Double; exact but for 64-bit integers beyond 2^53.
  public var doubles: [Double] {
    switch type {
    case "f4": load(Float.self).map { Double($0) }
    case "f8": load(Double.self)
    default: integers.map { Double($0) }
    }
  }

  /// Every element as Int; floating-point elements are cut towards zero.
  public var integers: [Int] {
    switch type {
    case "b1", "u1": bytes.map { Int($0) }
    case "i1": load(Int8.self).map { Int($0) }
    case "u2": load(UInt16.self).map { Int($0) }
    case "i2": load(Int16.self).map { Int($0) }
    case "u4": load(UInt32.self).map { Int($0) }
    case "i4": load(Int32.self).map { Int($0) }
    case "u8": load(UInt64.self).map { Int(truncatingIfNeeded: $0) }
    case "i8": load(Int64.self).map { Int($0) }
    default: doubles.map { Int($0) }
    }
  }

  private func load<T: BitwiseCopyable>(_ type: T.Type) -> [T] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<T>.size).map {
        raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
      }
    }
  }
}
