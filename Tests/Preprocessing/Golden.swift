import Foundation
import Imaging
import Preprocessing
import Testing

/// What `Golden/make_preprocessing.py` wrote, made by nnU-Net itself.
struct Golden: Decodable {
  /// An array as the script writes it.
  struct Array: Decodable {
    let shape: [Int]
    let base64: Data

    var floats: [Float] {
      base64.withUnsafeBytes { raw in
        (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
      }
    }
    var bytes: [Int16] { base64.map { Int16(Int8(bitPattern: $0)) } }
  }
  struct Crop: Decodable {
    let data: Array
    let box: [[Int]]
    let inside: Array
    let cropped: Array
  }
  struct Normalization: Decodable {
    let scheme: NormalizationScheme
    let useMask: Bool
    let image: Array
    let inside: Array
    let result: Array
  }
  struct Resampling: Decodable {
    let name: String
    let current: [Double]
    let target: [Double]
    let order: Int
    let isSegmentation: Bool
    let force: Bool?
    let torch: Bool
    let input: Array
    let output: Array
  }
  struct Scan: Decodable {
    let name: String
    let dataset: String
    let plans: String
    let spacing: [Double]
    let channels: Array
    let prepared: Array
    let logits: Array
    let segmentation: Array
    let probabilities: Array
    let labels: Array?
    let preparedLabels: Array?
  }

  let ct: [String: Double]
  let crop: [Crop]
  let normalization: [Normalization]
  let resampling: [Resampling]
  let scans: [Scan]

  static func load() throws -> Golden {
    try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appending(path: "preprocessing.json")))
  }

  /// `Tests/Preprocessing/Golden`.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  /// The folder of large shared material beside the repository; tests that need it are skipped where it is missing.
  static let shared = folder.appending(path: "../../../../shared").standardizedFileURL
  static let hasShared = FileManager.default.fileExists(atPath: shared.appending(path: "README.md").path)
}

extension Golden.Scan {
  var description: DatasetDescription { get throws { try DatasetDescription(parsing: Data(dataset.utf8)) } }
  var plan: Plans { get throws { try Plans(parsing: Data(plans.utf8)) } }

  /// The channels as volumes in an oblique place.
  var volumes: [Volume] {
    let (depth, height, width) = (channels.shape[1], channels.shape[2], channels.shape[3])
    let geometry = Geometry(
      width: width, height: height, depth: depth, origin: SIMD3(-31.5, 12.25, 7), iStep: SIMD3(spacing[2], 0, 0),
      jStep: SIMD3(0, spacing[1] * 0.96592583, -spacing[1] * 0.25881905),
      kStep: SIMD3(0, spacing[0] * 0.25881905, spacing[0] * 0.96592583))
    let (values, count) = (channels.floats, geometry.count)
    return (0..<channels.shape[0]).map { channel in
      Volume(geometry: geometry, voxels: Swift.Array(values[channel * count..<(channel + 1) * count]))
    }
  }
}

/// Largest absolute difference of two lists of one length; infinite when the lengths differ or a difference is no number.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isFinite ? max(largest, difference) : .infinity
  }
}

/// Population standard deviation.
func deviation(_ values: [Float]) -> Float {
  let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
  return Float(
    (values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)).squareRoot())
}

/// Numbers between -1 and 1 that are the same on every machine (Knuth's MMIX generator).
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }

  mutating func values(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
