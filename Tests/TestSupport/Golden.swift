public import Foundation

/// Golden files: small expected results beside the tests, each with the script that made it.
public enum Golden {
  /// The file `name` in the nearest folder `Golden` at or above the calling test's own folder.
  public static func file(_ name: String, testFile: String = #filePath) throws -> URL {
    var folder = URL(filePath: testFile).deletingLastPathComponent()
    while folder.path.count > 1 {
      let place = folder.appending(path: "Golden").appending(path: name)
      if FileManager.default.fileExists(atPath: place.path) { return place }
      folder.deleteLastPathComponent()
    }
    throw GoldenError(description: "no golden file \(name) at or above \(testFile)")
  }

  /// The bytes of the golden file `name`.
  public static func data(_ name: String, testFile: String = #filePath) throws -> Data {
    try Data(contentsOf: file(name, testFile: testFile))
  }

  /// The golden JSON file `name`; `NaN` and `Infinity` literals, as Python writes them, are read.
  public static func json<T: Decodable>(_ type: T.Type, _ name: String, testFile: String = #filePath) throws -> T {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    return try decoder.decode(type, from: data(name, testFile: testFile))
  }

  /// The golden array `name` (`.npy`).
  public static func array(_ name: String, testFile: String = #filePath) throws -> NPYArray {
    try NPYArray(data(name, testFile: testFile))
  }
}

/// A golden file is missing or not what its name says.
public struct GoldenError: Error, CustomStringConvertible {
  /// What is wrong with which file.
  public let description: String
}
