import Digests
import Foundation
import Tensors

/// A prepared case on disk: `VIGILPC1`, the header's length (8 bytes), the header (JSON), then, each from a multiple of 64 bytes on and
/// little-endian, the image (Float), the labels (Int16) and the places that patches are centred on (Int32).
struct PreparedCaseFile: Sendable {
  /// What the file says of itself.
  struct Header: Codable, Equatable {
    /// Digest of everything that the case was made from.
    let key: String
    /// `[C, D, H, W]`.
    let shape: [Int]
    /// Number of places of each class.
    let foreground: [Int]
    /// Number of annotated places; nil where all voxels are.
    let annotated: Int?
  }

  /// `[C, D, H, W]`.
  var shape: [Int] { header.shape }
  /// As ``TrainingCase/foreground``.
  let foreground: [[Int32]]
  /// As ``TrainingCase/annotated``.
  let annotated: [Int32]?

  private let header: Header
  private let layout: Layout
  private let mapped: MappedFile

  private static let magic = Array("VIGILPC1".utf8)
  private static let longestHeader = 1 << 20

  /// Opens `file`. Nil unless it is whole, and made from what `key` digests.
  init?(_ file: URL, key: String) {
    guard let mapped = MappedFile(file), mapped.count >= 16,
      mapped.elements(at: 0, count: 8, zero: UInt8(0)) == Self.magic
    else { return nil }
    let length = UInt64(littleEndian: mapped.elements(at: 8, count: 1, zero: UInt64(0))[0])
    guard length <= UInt64(min(Self.longestHeader, mapped.count - 16)) else { return nil }
    let text = Data(mapped.elements(at: 16, count: Int(length), zero: UInt8(0)))
    guard let header = try? JSONDecoder().decode(Header.self, from: text), header.key == key,
      let layout = Layout(header, start: 16 + Int(length)), layout.end == mapped.count
    else { return nil }
    var lists: [[Int32]] = []
    var offset = layout.places
    for count in header.foreground + [header.annotated ?? 0] {
      lists.append(mapped.elements(at: offset, count: count, zero: Int32(0)))
      offset += 4 * count
    }
    guard lists.allSatisfy({ $0.allSatisfy { (0..<Int32(layout.voxels)).contains($0) } }) else { return nil }
    annotated = header.annotated == nil ? nil : lists.last
    foreground = Array(lists.dropLast())
    (self.header, self.layout, self.mapped) = (header, layout, mapped)
  }

  func copyImage(from start: Int, count: Int, to target: inout [Float], at place: Int) {
    mapped.copy(at: layout.image + 4 * start, count: count, to: &target, at: place)
  }

  func copyLabels(from start: Int, count: Int, to target: inout [Int16], at place: Int) {
    mapped.copy(at: layout.labels + 2 * start, count: count, to: &target, at: place)
  }

  /// Writes a case whole or not at all: under another name, locked while it is written, synchronised, then renamed.
  static func write(_ item: TrainingCase, key: String, to file: URL) throws {
    let header = Header(
      key: key, shape: item.voxels.shape, foreground: item.foreground.map { $0.count },
      annotated: item.annotated.map { $0.count })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = try encoder.encode(header)
    guard let layout = Layout(header, start: 16 + text.count) else {
      throw TrainingError("\(file.path): \(header.shape) is no shape of a case")
    }
    let partial = try PartialCaseFile(for: file)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    try partial.write(Data(magic) + length + text, at: 0)
    try partial.write(item.image.elements.withUnsafeBytes { Data($0) }, at: layout.image)
    try partial.write(item.labels.values.withUnsafeBytes { Data($0) }, at: layout.labels)
    let places = (item.foreground + [item.annotated ?? []]).flatMap { $0 }
    try partial.write(places.withUnsafeBytes { Data($0) }, at: layout.places)
    try partial.finish(count: layout.end)
  }

  /// Where everything begins.
  private struct Layout {
    let voxels: Int
    let image: Int
    let labels: Int
    let places: Int
    let end: Int

    /// Nil for lengths that no case has, or that do not fit an Int.
    init?(_ header: Header, start: Int) {
      let counts = header.foreground + [header.annotated ?? 0]
      guard header.shape.count == 4, header.shape.allSatisfy({ $0 > 0 }), counts.allSatisfy({ $0 >= 0 }),
        let voxels = Self.product(Array(header.shape[1...])), voxels <= Int(Int32.max),
        let elements = Self.product([header.shape[0], voxels]), elements < 1 << 40,
        counts.allSatisfy({ $0 <= voxels }), counts.count < 1 << 17
      else { return nil }
      self.voxels = voxels
      image = Self.aligned(start)
      labels = Self.aligned(image + 4 * elements)
      places = Self.aligned(labels + 2 * voxels)
      end = places + 4 * counts.reduce(0, +)
    }

    private static func product(_ lengths: [Int]) -> Int? {
      var total = 1
      for length in lengths {
        let (product, overflow) = total.multipliedReportingOverflow(by: length)
        guard !overflow else { return nil }
        total = product
      }
      return total
    }

    private static func aligned(_ offset: Int) -> Int { (offset + 63) & ~63 }
  }
}
