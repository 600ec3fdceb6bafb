import Foundation

/// The folder `shared/data/dicom` beside the repository, when it is there.
enum SharedData {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/data/dicom")
    .standardizedFileURL

  static var isThere: Bool { FileManager.default.fileExists(atPath: folder.appendingPathComponent("oracle.tsv").path) }

  /// One line of `oracle.tsv`.
  struct Oracle: Sendable, Equatable, CustomStringConvertible {
    let fields: [String]
    var series: String { fields[0] }
    var name: String { fields[5] }
    var shape: [Int] { fields[7].split(separator: "x").compactMap { Int($0) } }
    var affine: [[Double]] { (try? JSONDecoder().decode([[Double]].self, from: Data(fields[9].utf8))) ?? [] }
    var min: Double { Double(fields[10]) ?? .nan }
    var max: Double { Double(fields[11]) ?? .nan }
    var mean: Double { Double(fields[12]) ?? .nan }
    var digest: String { fields[13] }
    var right: String { fields[16] }
    var description: String { "\(series) by \(name)" }
  }

  static let oracles: [Oracle] = {
    guard let text = try? String(contentsOf: folder.appendingPathComponent("oracle.tsv"), encoding: .utf8) else {
      return []
    }
    return text.split(separator: "\n").dropFirst().map {
      Oracle(fields: $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
    }
  }()

  /// The lines of a series whose oracle the column `right` names.
  static func believed(_ series: String) -> [Oracle] {
    let lines = oracles.filter { $0.series == series && !$0.shape.isEmpty }
    guard let right = lines.first?.right else { return [] }
    let name =
      switch right {
      case "all", "dcm2niix-2026": "dcm2niix-1.0.2026"
      case "ITK", "pydicom = ITK": "SimpleITK"
      case "pydicom": "pydicom"
      default: "none"
      }
    return lines.filter { $0.name.hasPrefix(name) }
  }

  static var seriesFolders: [String] {
    var seen: Set<String> = []
    return oracles.map { $0.series }.filter { seen.insert($0).inserted }
  }

  static func files(_ series: String) -> [URL] {
    let folder = folder.appendingPathComponent(series)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().map { folder.appendingPathComponent($0) }
  }
}
