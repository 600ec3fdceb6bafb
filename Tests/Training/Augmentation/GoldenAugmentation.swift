import Foundation
import Tensors
import TestSupport
import Training

/// The results of `Golden/make_augmentation.py`.
struct GoldenAugmentation: Decodable {
  struct Entry: Decodable {
    let name: String
    let type: String
    let shape: [Int]
    let offset: Int
  }
  struct Spatial: Decodable {
    let name: String
    let angles: [Double]
    let scale: [Double]
    let patch: [Int]
  }
  struct Gamma: Decodable {
    let gamma: Double
    let inverting: Bool
  }
  struct Operation: Decodable {
    let name: String
    let mask: String
    let operation: String
    let radius: Double
  }
  struct Element: Decodable {
    let radius: Double
    let isFlat: Bool
    let voxels: Int
  }
  struct Size: Decodable {
    let patch: [Int]
    let degrees: Double
    let found: [Int]
  }
  struct Missing: Error {
    let name: String
  }

  let arrays: [Entry]
  let spatial: [Spatial]
  let cubic: [Spatial]
  let blurs: [[Double]]
  let lows: [[Double]]
  let contrasts: [Double]
  let gammas: [Gamma]
  let morphology: [Operation]
  let elements: [Element]
  let sizes: [Size]
  private var values: [Float] = []
  private var labels: [Float] = []

  private enum CodingKeys: String, CodingKey {
    case arrays, spatial, cubic, blurs, lows, contrasts, gammas, morphology, elements, sizes
  }

  static let shared = Result { try load() }

  private static func load() throws -> GoldenAugmentation {
    var golden = try Golden.json(GoldenAugmentation.self, "augmentation.json")
    golden.values = try Golden.array("augmentation.npy").floats
    golden.labels = try Golden.array("augmentation-labels.npy").floats
    return golden
  }

  func array(_ name: String) throws -> (shape: [Int], values: [Float]) {
    guard let entry = arrays.first(where: { $0.name == name }) else { throw Missing(name: name) }
    let range = entry.offset..<entry.offset + entry.shape.reduce(1, *)
    return (entry.shape, Array((entry.type == "f4" ? values : labels)[range]))
  }

  func image(_ name: String) throws -> Tensor {
    let (shape, values) = try array(name)
    return Tensor(shape: shape.count == 3 ? [1] + shape : shape, elements: values)
  }

  func labels(_ name: String) throws -> LabelPatch {
    let (shape, values) = try array(name)
    return LabelPatch(shape: shape, values: values.map { Int16($0) })
  }

  /// A patch of one channel without labels to speak of.
  func patch(_ name: String) throws -> TrainingPatch {
    let image = try image(name)
    return TrainingPatch(image: image, labels: LabelPatch(shape: Array(image.shape[1...]), repeating: 0))
  }
}

extension Tensor {
  /// Largest absolute difference; infinite when shapes differ or a value is not a number.
  func largestDifference(_ other: Tensor) -> Float {
    guard shape == other.shape else { return .infinity }
    return zip(elements, other.elements).reduce(0) { worst, pair in
      let difference = abs(pair.0 - pair.1)
      return difference.isNaN ? .infinity : max(worst, difference)
    }
  }
}
