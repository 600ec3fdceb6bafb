import Foundation
import Testing

/// DICOM elements written byte by byte, explicit little endian, sequences with their lengths.
struct RawElements {
  private(set) var bytes = Data()

  mutating func add(_ group: UInt16, _ element: UInt16, _ vr: String, _ text: String) {
    var value = Data(text.utf8)
    if value.count % 2 == 1 { value.append(vr == "UI" ? 0 : 0x20) }
    append(group, element, vr, value)
  }

  mutating func add(_ group: UInt16, _ element: UInt16, items: [RawElements]) {
    let value = items.reduce(Data()) { $0 + Self.words([0xFFFE, 0xE000]) + Self.long($1.bytes.count) + $1.bytes }
    append(group, element, "SQ", value)
  }

  private mutating func append(_ group: UInt16, _ element: UInt16, _ vr: String, _ value: Data) {
    bytes += Self.words([group, element]) + Data(vr.utf8)
    bytes += vr == "SQ" || vr == "OB" ? Self.words([0]) + Self.long(value.count) : Self.words([UInt16(value.count)])
    bytes += value
  }

  private static func words(_ values: [UInt16]) -> Data {
    Data(values.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
  }

  private static func long(_ value: Int) -> Data {
    Data((0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }

  /// A file of this SOP class: preamble, meta information, these elements.
  func file(sopClass: String, instance: String) -> Data {
    var meta = RawElements()
    meta.add(0x0002, 0x0002, "UI", sopClass)
    meta.add(0x0002, 0x0003, "UI", instance)
    meta.add(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1")
    var length = RawElements()
    length.append(0x0002, 0x0000, "UL", Self.long(meta.bytes.count))
    return Data(count: 128) + Data("DICM".utf8) + length.bytes + meta.bytes + bytes
  }
}

/// An RT Structure Set with boxes drawn on an axial series.
enum StructureSample {
  /// One region: its number, its name, and its box in mm: x and y ranges, and the z of each slice that it is drawn on.
  struct Region {
    let number: Int
    let name: String
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>
    let slices: [Double]
  }

  /// On a series; or on instances of a study alone, where they are given.
  static func bytes(
    _ regions: [Region], on seriesUID: String, instances: [String] = [], study studyUID: String = ""
  ) -> Data {
    var root = RawElements()
    root.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.481.3")
    root.add(0x0008, 0x0018, "UI", "2.25.77")
    root.add(0x0008, 0x0060, "CS", "RTSTRUCT")
    if !studyUID.isEmpty { root.add(0x0020, 0x000D, "UI", studyUID) }
    root.add(0x0020, 0x000E, "UI", "2.25.78")
    var series = RawElements()
    if instances.isEmpty { series.add(0x0020, 0x000E, "UI", seriesUID) }
    let images = instances.map { uid in
      var image = RawElements()
      image.add(0x0008, 0x1150, "UI", "1.2.840.10008.5.1.4.1.1.4")
      image.add(0x0008, 0x1155, "UI", uid)
      return image
    }
    if !images.isEmpty { series.add(0x3006, 0x0016, items: images) }
    var study = RawElements()
    study.add(0x3006, 0x0014, items: [series])
    var frame = RawElements()
    frame.add(0x3006, 0x0012, items: [study])
    root.add(0x3006, 0x0010, items: [frame])
    root.add(
      0x3006, 0x0020,
      items: regions.map { region in
        var item = RawElements()
        item.add(0x3006, 0x0022, "IS", "\(region.number)")
        item.add(0x3006, 0x0026, "LO", region.name)
        return item
      })
    root.add(0x3006, 0x0039, items: regions.map { contours(of: $0) })
    return root.file(sopClass: "1.2.840.10008.5.1.4.1.1.481.3", instance: "2.25.77")
  }

  private static func contours(of region: Region) -> RawElements {
    let corners = [
      (region.x.lowerBound, region.y.lowerBound), (region.x.upperBound, region.y.lowerBound),
      (region.x.upperBound, region.y.upperBound), (region.x.lowerBound, region.y.upperBound),
    ]
    var item = RawElements()
    item.add(
      0x3006, 0x0040,
      items: region.slices.map { z in
        var contour = RawElements()
        contour.add(0x3006, 0x0042, "CS", "CLOSED_PLANAR")
        contour.add(0x3006, 0x0046, "IS", "4")
        contour.add(0x3006, 0x0050, "DS", corners.map { "\($0.0)\\\($0.1)\\\(z)" }.joined(separator: "\\"))
        return contour
      })
    item.add(0x3006, 0x0084, "IS", "\(region.number)")
    return item
  }
}
