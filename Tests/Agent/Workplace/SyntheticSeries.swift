import DICOM
import Foundation
import Imaging
import TestSupport
import Testing

/// Small made-up MR series, and ways to spoil them.
struct SyntheticSeries {
  /// SeriesDescription.
  let description: String
  /// Another seed gives other voxels, and so another SeriesInstanceUID.
  let seed: UInt64
  var slices = 16
  var side = 20
  /// StudyInstanceUID and FrameOfReferenceUID; nil: of its own.
  var study: String?
  var frame: String?
  /// Whether each file says how many there are.
  var announces = false
  /// Slice spacing, mm.
  var spacing = 1.0

  /// An axial grid of 1 mm in the plane.
  var geometry: Geometry {
    Geometry(
      width: side, height: side - 2, depth: slices, origin: SIMD3(-40, -30, 20), iStep: SIMD3(1, 0, 0),
      jStep: SIMD3(0, 1, 0), kStep: SIMD3(0, 0, spacing))
  }

  /// A bright ball on a noisy slope.
  var volume: Volume {
    var random = SplitMix64(seed: seed)
    let geometry = geometry
    let centre = SIMD3(Double(geometry.width), Double(geometry.height), Double(geometry.depth)) / 2
    var voxels: [Float] = []
    for k in 0..<geometry.depth {
      for j in 0..<geometry.height {
        for i in 0..<geometry.width {
          let offset = SIMD3(Double(i), Double(j), Double(k)) - centre
          let ball: Float = offset.length < Double(side) / 4 ? 600 : 0
          voxels.append((ball + Float(5 * i + 3 * j + 2 * k) + 100 * Float(random.uniform())).rounded())
        }
      }
    }
    return Volume(geometry: geometry, voxels: voxels)
  }

  /// Writes the series; the files in the order of the slices. `prefix`: before each name, so that series can share a folder.
  @discardableResult
  func write(to folder: URL, prefix: String = "") throws -> [URL] {
    var sample = SampleSeries()
    sample.seriesDescription = description
    (sample.studyInstanceUID, sample.frameOfReferenceUID, sample.announcesInstances) = (study, frame, announces)
    let files = try sample.write(volume, to: folder).files
    guard !prefix.isEmpty else { return files }
    return try files.map { file in
      let place = folder.appending(path: prefix + file.lastPathComponent)
      try FileManager.default.moveItem(at: file, to: place)
      return place
    }
  }

  /// SeriesInstanceUID (0020,000E) of a file in explicit little endian, read off its bytes.
  static func uid(of file: URL) throws -> String {
    let bytes = try Data(contentsOf: file)
    let tag = try #require(bytes.range(of: Data([0x20, 0x00, 0x0E, 0x00]) + Data("UI".utf8)))
    let length = Int(bytes[tag.upperBound]) + 256 * Int(bytes[tag.upperBound + 1])
    let value = bytes[tag.upperBound + 2..<tag.upperBound + 2 + length]
    return String(decoding: value.filter { $0 != 0 }, as: UTF8.self)
  }

  /// Gives a file another SeriesInstanceUID; empty: none.
  static func setUID(_ new: String, of file: URL) throws {
    func element(_ uid: String) -> [UInt8] {
      let value = Array(uid.utf8) + [UInt8](repeating: 0, count: uid.utf8.count % 2)
      return [0x20, 0x00, 0x0E, 0x00] + Array("UI".utf8) + [UInt8(value.count), 0] + value
    }
    try replace(element(try uid(of: file)), element(new), in: file)
  }

  /// Changes the bytes of a file.
  static func change(_ file: URL, _ change: (inout Data) throws -> Void) throws {
    var bytes = try Data(contentsOf: file)
    try change(&bytes)
    try bytes.write(to: file)
  }

  /// Replaces `old` by `new`, which may be longer where the data set has no lengths around it.
  static func replace(_ old: [UInt8], _ new: [UInt8], in file: URL) throws {
    try change(file) { bytes in
      let range = try #require(bytes.range(of: Data(old)))
      bytes.replaceSubrange(range, with: new)
    }
  }

  /// Cuts a file off where its Pixel Data (7FE0,0010) begins.
  static func removePixels(from file: URL) throws {
    try change(file) { bytes in
      let range = try #require(bytes.range(of: Data([0xE0, 0x7F, 0x10, 0x00])))
      bytes = bytes.prefix(upTo: range.lowerBound)
    }
  }

  /// Cuts a file off after `share` of its bytes.
  static func truncate(_ file: URL, to share: Double) throws {
    try change(file) { bytes in bytes = bytes.prefix(Int(Double(bytes.count) * share)) }
  }
}
