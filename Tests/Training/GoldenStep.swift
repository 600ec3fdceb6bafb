import Foundation
import Networks
import Tensors
import TestSupport
import Training

/// A whole training step of PyTorch's: `Tests/Networks/Golden/make_training.py`.
struct GoldenStep: Decodable {
  struct Entry: Decodable {
    let name: String
    let shape: [Int]
    let offset: Int
  }

  let outputChannels: Int
  let patch: [Int]
  let batch: Int
  let weights: [Double]
  let loss: Double
  private let arrays: [Entry]
  private var vector: [Float] = []

  private enum CodingKeys: String, CodingKey {
    case outputChannels, patch, batch, weights, loss, arrays
  }

  struct Missing: Error {
    let name: String
  }

  static let names = ["strided", "max-pooling"]

  static func load(_ name: String) throws -> GoldenStep {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Networks/Golden")
    var golden = try JSONDecoder().decode(
      GoldenStep.self, from: Data(contentsOf: folder.appending(path: "training-\(name).json")))
    golden.vector = try NPYArray(Data(contentsOf: folder.appending(path: "training-\(name).npy"))).floats
    return golden
  }

  /// `[K, D, H, W]`: 2D images get D = 1.
  func image(_ name: String) throws -> Tensor {
    let (shape, values) = try array(name)
    return Tensor(shape: shape.count == 3 ? [shape[0], 1] + shape[1...] : shape, elements: values)
  }

  func tensor(_ name: String) throws -> Tensor {
    let (shape, values) = try array(name)
    return Tensor(shape: shape, elements: values)
  }

  func labels(_ name: String) throws -> LabelPatch {
    let (shape, values) = try array(name)
    return LabelPatch(shape: shape.count == 2 ? [1] + shape : shape, values: values.map { Int16($0) })
  }

  /// The parameters below `prefix` (`weights`, `gradients`, `sgd`, `adam`), in the file's order.
  func parameters(_ prefix: String) -> [(name: String, values: [Float])] {
    arrays.filter { $0.name.hasPrefix(prefix + "/") }.map {
      (String($0.name.dropFirst(prefix.count + 1)), values(of: $0))
    }
  }

  private func array(_ name: String) throws -> ([Int], [Float]) {
    guard let entry = arrays.first(where: { $0.name == name }) else {
      throw Missing(name: name)
    }
    return (entry.shape, values(of: entry))
  }

  private func values(of entry: Entry) -> [Float] {
    Array(vector[entry.offset..<entry.offset + entry.shape.reduce(1, *)])
  }
}
