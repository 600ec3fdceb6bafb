import Foundation
import Imaging

/// A report read back from its bytes, by the page's own description of its data.
///
/// This is written anew, from the format and not with the code that makes pages.
struct ReportReader {
  struct Packed: Decodable {
    let bytes: Int
    let slicesPerChunk: Int
    let chunks: Int
  }

  struct Run: Decodable {
    let count: Int
    let start: Double
    let step: Double
  }

  struct Label: Decodable {
    let name: String
    let colour: String
    let members: [Int]?
  }

  struct Profile: Decodable {
    let labelled: [[Int]]
    let different: [[Int]]
  }

  struct Description: Decodable {
    let size: [Int]
    let spacing: [Double]
    let origin: [Double]
    let opening: [Int]
    let levels: [Run]
    let image: Packed
    let model: Packed
    let reference: Packed?
    let labels: [Label]
    let summary: String
    let profile: Profile
  }

  /// The whole page.
  let text: String
  /// Its data.
  let description: Description

  init(_ bytes: [UInt8]) throws {
    text = String(decoding: bytes, as: UTF8.self)
    let json = try Self.element(in: text, id: "report-data") ?? "{}"
    description = try JSONDecoder().decode(Description.self, from: Data(json.utf8))
  }

  /// The text of the script element with this id.
  private static func element(in text: String, id: String) throws -> String? {
    guard let start = text.range(of: "id=\"\(id)\">"),
      let end = text.range(of: "</script>", range: start.upperBound..<text.endIndex)
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound])
  }

  /// Values of every voxel shown, `[D, H, W]`.
  func image() throws -> [Double] {
    let table = description.levels.flatMap { run in (0..<run.count).map { run.start + Double($0) * run.step } }
    return try codes("image", description.image, restored: restoredImage).map { table[$0] }
  }

  /// Codes of every voxel of a label map shown, `[D, H, W]`.
  func labels(_ name: String) throws -> [Int] {
    guard let packed = name == "model" ? description.model : description.reference else { return [] }
    return try codes(name, packed, restored: restoredLabels)
  }

  private func codes(
    _ name: String, _ packed: Packed, restored: ([Int], Int) -> [Int]
  ) throws -> [Int] {
    let (width, height, depth) = (description.size[0], description.size[1], description.size[2])
    var result: [Int] = []
    for chunk in 0..<packed.chunks {
      let slices = min(packed.slicesPerChunk, depth - chunk * packed.slicesPerChunk)
      guard let base64 = try Self.element(in: text, id: "\(name)-\(chunk)") else {
        result += [Int](repeating: 0, count: slices * width * height)
        continue
      }
      let member = [UInt8](Data(base64Encoded: base64) ?? Data())
      let raw = try Gzip.expanded(member, limit: slices * width * height * packed.bytes)
      for slice in 0..<slices {
        let bytes = Array(raw[slice * width * height * packed.bytes..<(slice + 1) * width * height * packed.bytes])
        let joined = (0..<width * height).map { place in
          Int(bytes[place]) + (packed.bytes == 2 ? Int(bytes[width * height + place]) << 8 : 0)
        }
        result += restored(joined, packed.bytes)
      }
    }
    return result
  }

  private func restoredLabels(_ residuals: [Int], bytes: Int) -> [Int] {
    var codes = residuals
    for place in codes.indices.dropFirst(description.size[0]) { codes[place] ^= codes[place - description.size[0]] }
    return codes
  }

  private func restoredImage(_ residuals: [Int], bytes: Int) -> [Int] {
    let width = description.size[0]
    var codes = residuals
    for place in codes.indices {
      let (x, y) = (place % width, place / width)
      let left = x > 0 ? codes[place - 1] : 0
      let above = y > 0 ? codes[place - width] : 0
      let corner = x > 0 && y > 0 ? codes[place - width - 1] : 0
      // In the middle of three: the median of left, above and their plane.
      let guess = y == 0 ? left : x == 0 ? above : [left, above, left + above - corner].sorted()[1]
      if bytes == 1 {
        codes[place] = (guess + residuals[place]) & 255
      } else {
        let folded = residuals[place]
        codes[place] = guess + (folded.isMultiple(of: 2) ? folded / 2 : -(folded + 1) / 2)
      }
    }
    return codes
  }
}
