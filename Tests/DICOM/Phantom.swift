import Foundation

/// Synthetic CT slices: known positions, known pixels.
struct Phantom {
  var rows = 6
  var columns = 5
  var spacing = (row: 0.75, column: 0.5)
  var orientation: [Double] = [1, 0, 0, 0, 1, 0]
  var seriesUID = "1.2.3.4"
  var modality = "CT"
  var bitsAllocated = 16
  var bitsStored = 12
  var highBit: Int?
  var signed = false
  var slope = 1.0
  var intercept = -1024.0

  var sopClass: String {
    switch modality {
    case "CT": "1.2.840.10008.5.1.4.1.1.2"
    case "PT": "1.2.840.10008.5.1.4.1.1.128"
    default: "1.2.840.10008.5.1.4.1.1.4"
    }
  }

  /// Stored value of pixel `index` in slice `seed`.
  func stored(_ index: Int, _ seed: Int) -> Int { (index * 7 + seed * 131) % (1 << (bitsStored - (signed ? 1 : 0))) }

  func pixels(_ seed: Int) -> [Int] { (0..<rows * columns).map { stored($0, seed) } }

  /// A slice at `position` with the UID `1.2.3.4.<number>`.
  func slice(_ number: Int, at position: [Double], seed: Int? = nil) -> RawDICOM {
    var d = frame()
    d.text(0x0008_0018, "UI", "\(seriesUID).\(number)")
    d.text(0x0020_0013, "IS", "\(number)")
    d.text(0x0020_0032, "DS", position.map { "\($0)" }.joined(separator: "\\"))
    d.text(0x0020_0037, "DS", orientation.map { "\($0)" }.joined(separator: "\\"))
    d.text(0x0028_0030, "DS", "\(spacing.row)\\\(spacing.column)")
    d.text(0x0028_1052, "DS", "\(intercept)")
    d.text(0x0028_1053, "DS", "\(slope)")
    setPixels(&d, pixels(seed ?? number))
    return d
  }

  /// Slices along z at the given distances, numbered from 1.
  func stack(_ distances: [Double]) -> [RawDICOM] {
    distances.enumerated().map { slice($0 + 1, at: [-10, 20, $1]) }
  }

  func frame() -> RawDICOM {
    var d = RawDICOM()
    d.text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL")
    d.text(0x0008_0016, "UI", sopClass)
    d.text(0x0008_0060, "CS", modality)
    d.text(0x0010_0010, "PN", "Secret^Name")
    d.text(0x0010_0020, "LO", "SECRET-ID")
    d.text(0x0010_0030, "DA", "19700101")
    d.text(0x0020_000D, "UI", "1.2.3")
    d.text(0x0020_000E, "UI", seriesUID)
    d.text(0x0020_0052, "UI", "1.2.3.9")
    d.number(0x0028_0002, "US", 1)
    d.text(0x0028_0004, "CS", "MONOCHROME2")
    d.number(0x0028_0010, "US", Double(rows))
    d.number(0x0028_0011, "US", Double(columns))
    d.number(0x0028_0100, "US", Double(bitsAllocated))
    d.number(0x0028_0101, "US", Double(bitsStored))
    d.number(0x0028_0102, "US", Double(highBit ?? bitsStored - 1))
    d.number(0x0028_0103, "US", signed ? 1 : 0)
    return d
  }

  func setPixels(_ d: inout RawDICOM, _ values: [Int]) {
    if bitsAllocated == 8 {
      let bytes = values.map { UInt8(truncatingIfNeeded: $0) }
      d[0x7FE0_0010] = .bytes("OB", bytes.count % 2 == 0 ? bytes : bytes + [0])
    } else if bitsAllocated == 16 {
      d[0x7FE0_0010] = .numbers("US", values.map { Double(UInt16(truncatingIfNeeded: $0)) })
      if case .numbers(_, let words)? = d[0x7FE0_0010] {
        d[0x7FE0_0010] = .bytes("OW", words.flatMap { RawDICOM.word(UInt16($0), false) })
      }
    } else {
      d[0x7FE0_0010] = .bytes("OW", values.flatMap { RawDICOM.long(UInt32(truncatingIfNeeded: $0), false) })
    }
  }

  /// Writes each as `<name>.dcm`, names running against the order given.
  static func write(_ slices: [RawDICOM], to folder: URL, _ encoding: RawDICOM.Encoding = .explicitLittle) throws {
    for (index, slice) in slices.enumerated() {
      try slice.write(to: folder.appendingPathComponent("f\(1000 - index)"), encoding)
    }
  }
}
