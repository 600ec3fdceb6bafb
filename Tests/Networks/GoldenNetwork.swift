import Foundation
import Networks
import Tensors

/// A golden file of `Golden/make_networks.py` or `make_training.py`: a description beside one float32 vector.
struct GoldenNetwork: Decodable {
  static let names = ["plain-anisotropic", "plain-2d", "residual"]

  struct Entry: Decodable {
    let name: String
    let shape: [Int]
    let offset: Int
  }

  let inputChannels: Int
  let outputChannels: Int
  let patch: [Int]
  let mirrorAxes: [Int]
  let folds: Int
  let aliases: [String]
  private let arrays: [Entry]
  private(set) var vector: [Float] = []
  private(set) var json = Data()

  private enum CodingKeys: String, CodingKey {
    case inputChannels, outputChannels, patch, mirrorAxes, folds, aliases, arrays
  }

  static func load(_ name: String) throws -> GoldenNetwork {
    let json = try GoldenFile.data("\(name).json")
    var golden = try JSONDecoder().decode(GoldenNetwork.self, from: json)
    golden.json = json
    golden.vector = try GoldenFile.vector("\(name).npy")
    return golden
  }

  var names: [String] { arrays.map { $0.name } }

  func tensor(_ name: String) throws -> Tensor {
    guard let entry = arrays.first(where: { $0.name == name }) else { throw GoldenFile.Missing(name: name) }
    let count = entry.shape.reduce(1, *)
    return Tensor(shape: entry.shape, elements: Array(vector[entry.offset..<entry.offset + count]))
  }

  /// An image of the network's: 2D patches get a first axis of length 1.
  func image(_ name: String) throws -> Tensor {
    let tensor = try tensor(name)
    guard tensor.shape.count == 3 else { return tensor }
    return Tensor(shape: [tensor.shape[0], 1] + tensor.shape[1...], elements: tensor.elements)
  }

  func weights(fold: Int) throws -> [String: Tensor] {
    let prefix = "fold_\(fold)/"
    var weights: [String: Tensor] = [:]
    for entry in arrays where entry.name.hasPrefix(prefix) {
      weights[String(entry.name.dropFirst(prefix.count))] = try tensor(entry.name)
    }
    return weights
  }

  func network(fold: Int) throws -> UNet {
    try UNet(
      architecture: UNetArchitecture(json: json), inputChannels: inputChannels, outputChannels: outputChannels,
      weights: weights(fold: fold))
  }
}

/// Files beside `make_networks.py`.
enum GoldenFile {
  struct Missing: Error { let name: String }

  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)"))
  }

  /// A one-dimensional little-endian float32 `.npy` of format 1.0: ten bytes, then a header of the length they give.
  static func vector(_ name: String) throws -> [Float] {
    let bytes = [UInt8](try data(name))
    let header = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    guard String(decoding: bytes[..<header], as: UTF8.self).contains("'descr': '<f4'") else {
      throw Missing(name: name)
    }
    return stride(from: header, to: bytes.count, by: 4).map { i in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[i + $1]) << (8 * $1) })
    }
  }
}

extension Tensor {
  /// Largest absolute difference to `other`, in standard deviations of `other`; infinite when shapes differ.
  func deviation(from other: Tensor) -> Double {
    guard shape == other.shape, count > 0 else { return .infinity }
    let n = Double(count)
    let mean = other.elements.reduce(0.0) { $0 + Double($1) } / n
    let variance = other.elements.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n
    let largest = zip(elements, other.elements).reduce(0.0) { worst, pair in
      let difference = abs(Double(pair.0) - Double(pair.1))
      return difference.isNaN ? .infinity : max(worst, difference)
    }
    return largest / variance.squareRoot()
  }
}
