import Digests
public import Foundation
public import Preprocessing

/// The prepared cases of a configuration on disk, a file a case. A case is prepared again when its files, the part of the plan that
/// preparation depends on, or this program's way to do it have changed, or when its file is not whole.
public struct PreparedCache: Sendable {
  /// Where the files are.
  public let folder: URL
  private let recipe: String

  /// To be raised whenever ``Preparation`` gives other voxels, or ``TrainingCase`` other places, for the same files and plan.
  private static let version = 1

  /// Below `results`: `preprocessed/<data identifier>`.
  public init(
    results: URL, dataset: DatasetDescription, plans: Plans, configuration: PlanConfiguration
  ) throws(TrainingError) {
    let name = configuration.dataIdentifier ?? "\(plans.plansName)_\(configuration.name)"
    guard Self.isFileName(name) else {
      throw TrainingError("plans.json: data_identifier \"\(name)\" cannot be the name of a folder")
    }
    folder = results.appending(path: "preprocessed/\(name)")
    let parts: [Any] = [
      Self.version, configuration.spacing, configuration.normalizationSchemes, configuration.useMaskForNorm,
      configuration.imageResampling, configuration.labelResampling, plans.transposeForward, plans.intensityProperties,
      dataset.channelNames, dataset.sampledTargets, dataset.annotatedValues as Any,
    ]
    recipe = parts.map { String(reflecting: $0) }.joined(separator: "\n")
  }

  /// The case, from its file where that is there and right, otherwise from `make`, whose result is kept.
  func item(_ item: DatasetFolder.Case, make: () throws -> TrainingCase) throws -> TrainingCase {
    guard Self.isFileName(item.name) else {
      throw TrainingError("case \"\(item.name)\": its name cannot be that of a file")
    }
    let file = folder.appending(path: "\(item.name).prepared")
    let key = try key(of: item)
    if let found = PreparedCaseFile(file, key: key) { return TrainingCase(name: item.name, found) }
    try PreparedCaseFile.write(try make(), key: key, to: file)
    guard let made = PreparedCaseFile(file, key: key) else {
      throw TrainingError("\(file.path) cannot be read back; is another program changing it?")
    }
    return TrainingCase(name: item.name, made)
  }

  /// Makes the folder, and removes what killed runs left half-written.
  func open() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    PartialCaseFile.removeAbandoned(in: folder)
  }

  private func key(of item: DatasetFolder.Case) throws -> String {
    let files = try (item.images + [item.label]).map { "\(try SHA256Digest(ofFile: $0.resolvingSymlinksInPath()))" }
    return "\(SHA256Digest(of: ([recipe, item.name] + files).joined(separator: "\n")))"
  }

  private static func isFileName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && !name.contains("\0") && name.utf8.count <= 200
  }
}
