import Foundation

/// A DICOM data set written byte by byte, with no library's help, so that it can also be wrong.
struct RawDICOM {
  enum Encoding: CaseIterable {
    case implicitLittle, explicitLittle, explicitBig

    var uid: String {
      switch self {
      case .implicitLittle: "1.2.840.10008.1.2"
      case .explicitLittle: "1.2.840.10008.1.2.1"
      case .explicitBig: "1.2.840.10008.1.2.2"
      }
    }
  }

  indirect enum Value {
    case text(String, String)
    case numbers(String, [Double])
    case bytes(String, [UInt8])
    case items([RawDICOM])
    /// Fragments of an encapsulated PixelData, offset table first.
    case fragments([[UInt8]])
  }

  var elements: [UInt32: Value] = [:]
  var preamble = true
  var transferSyntaxUID: String?

  subscript(tag: UInt32) -> Value? {
    get { elements[tag] }
    set { elements[tag] = newValue }
  }

  mutating func text(_ tag: UInt32, _ vr: String, _ text: String) { elements[tag] = .text(vr, text) }

  mutating func number(_ tag: UInt32, _ vr: String, _ values: Double...) { elements[tag] = .numbers(vr, values) }

  /// The whole file.
  func file(_ encoding: Encoding = .explicitLittle) -> [UInt8] {
    var bytes: [UInt8] = []
    if preamble {
      bytes = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
      var meta = RawDICOM()
      meta.text(0x0002_0002, "UI", "1.2.840.10008.5.1.4.1.1.2")
      meta.text(0x0002_0010, "UI", transferSyntaxUID ?? encoding.uid)
      bytes += meta.dataSet(.explicitLittle)
    }
    return bytes + dataSet(encoding)
  }

  func dataSet(_ encoding: Encoding) -> [UInt8] {
    elements.sorted { $0.key < $1.key }.flatMap { Self.element($0.key, $0.value, encoding) }
  }

  func write(to file: URL, _ encoding: Encoding = .explicitLittle) throws {
    try Self.write(self.file(encoding), to: file)
  }

  /// Writes bytes as a file without waiting for the disk.
  static func write(_ bytes: [UInt8], to file: URL) throws {
    guard let stream = fopen(file.path, "wb") else { throw CocoaError(.fileWriteUnknown) }
    defer { fclose(stream) }
    guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else { throw CocoaError(.fileWriteUnknown) }
  }

  private static func element(_ tag: UInt32, _ value: Value, _ encoding: Encoding) -> [UInt8] {
    let big = encoding == .explicitBig
    let (vr, bytes) = content(value, encoding)
    var undefined = false
    if case .fragments = value { undefined = true }
    var out = word(UInt16(tag >> 16), big) + word(UInt16(tag & 0xFFFF), big)
    let length = undefined ? 0xFFFF_FFFF : UInt32(bytes.count)
    if encoding == .implicitLittle {
      out += long(length, big)
    } else {
      out += Array(vr.utf8)
      out += longVRs.contains(vr) ? [0, 0] + long(length, big) : word(UInt16(truncatingIfNeeded: length), big)
    }
    return out + bytes
  }

  private static let longVRs: Set<String> = ["OB", "OW", "OF", "OD", "SQ", "UN", "UT", "UC", "UR", "OL"]

  private static func content(_ value: Value, _ encoding: Encoding) -> (String, [UInt8]) {
    let big = encoding == .explicitBig
    switch value {
    case .text(let vr, let text):
      let bytes = Array(text.utf8)
      return (vr, bytes.count % 2 == 0 ? bytes : bytes + [vr == "UI" ? 0 : 0x20])
    case .numbers(let vr, let values): return (vr, values.flatMap { number($0, vr, big) })
    case .bytes(let vr, let bytes): return (vr, bytes)
    case .items(let items):
      return (
        "SQ",
        items.flatMap { item -> [UInt8] in
          let bytes = item.dataSet(encoding)
          return word(0xFFFE, big) + word(0xE000, big) + long(UInt32(bytes.count), big) + bytes
        }
      )
    case .fragments(let fragments):
      let pieces = fragments.flatMap { word(0xFFFE, big) + word(0xE000, big) + long(UInt32($0.count), big) + $0 }
      return ("OB", pieces + word(0xFFFE, big) + word(0xE0DD, big) + long(0, big))
    }
  }

  private static func number(_ value: Double, _ vr: String, _ big: Bool) -> [UInt8] {
    switch vr {
    case "US": word(UInt16(value), big)
    case "SS": word(UInt16(bitPattern: Int16(value)), big)
    case "UL": long(UInt32(value), big)
    case "FL": long(Float(value).bitPattern, big)
    case "FD":
      big
        ? long(UInt32(value.bitPattern >> 32), big) + long(UInt32(truncatingIfNeeded: value.bitPattern), big)
        : long(UInt32(truncatingIfNeeded: value.bitPattern), big) + long(UInt32(value.bitPattern >> 32), big)
    default: []
    }
  }

  static func word(_ value: UInt16, _ big: Bool) -> [UInt8] {
    let low = UInt8(truncatingIfNeeded: value)
    let high = UInt8(truncatingIfNeeded: value >> 8)
    return big ? [high, low] : [low, high]
  }

  static func long(_ value: UInt32, _ big: Bool) -> [UInt8] {
    let low = word(UInt16(truncatingIfNeeded: value), big)
    let high = word(UInt16(truncatingIfNeeded: value >> 16), big)
    return big ? high + low : low + high
  }
}
