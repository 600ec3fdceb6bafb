public import Foundation

/// A training data set on disk: nnU-Net v2's raw layout (`imagesTr`, `labelsTr`, `dataset.json`) or the Medical Segmentation
/// Decathlon's (the same folders, channels as the fourth axis of one file, cases listed under `training`).
///
/// Source: nnU-Net v2 `utilities/utils.py`, `dataset_conversion/convert_MSD_dataset.py`.
public struct DatasetFolder: Sendable {
  /// The folder with `dataset.json`.
  public let folder: URL
  /// What `dataset.json` says.
  public let description: DatasetDescription
  private static let endings = [".nii.gz", ".nii"]

  /// The training cases, sorted by name.
  public let cases: [Case]

  /// One training case.
  public struct Case: Sendable, Equatable {
    /// Its identifier.
    public let name: String
    /// One file a channel, or one file with all channels.
    public let images: [URL]
    /// Its labels.
    public let label: URL
  }

  /// Lists a data set. Every case must have every channel and a label file; nothing is opened but `dataset.json`.
  public init(_ folder: URL) throws(DatasetFolderError) {
    self.folder = folder
    let file = folder.appending(path: "dataset.json")
    let json: JSONValue
    do {
      json = try JSONValue(parsing: Data(contentsOf: file))
      description = try DatasetDescription(json)
    } catch {
      throw DatasetFolderError("\(file.path): \(error)")
    }
    let listing = DatasetListing(folder: folder, json: json, description: description)
    cases = try listing.cases().sorted { $0.name < $1.name }
    guard !cases.isEmpty else { throw DatasetFolderError("\(folder.path) holds no training case") }
    for file in cases.flatMap({ $0.images + [$0.label] })
    where !Self.endings.contains(where: { file.path.hasSuffix($0) }) {
      throw DatasetFolderError(
        "\(file.lastPathComponent): only NIfTI (\(Self.endings.joined(separator: ", "))) is read of a training data set; convert the files, and file_ending in dataset.json"
      )
    }
    if let twice = zip(cases, cases.dropFirst()).first(where: { $0.name == $1.name }) {
      throw DatasetFolderError("dataset.json: two cases are called \(twice.0.name)")
    }
    if let count = description.trainingCount, count != cases.count {
      throw DatasetFolderError("dataset.json: numTraining is \(count), but there are \(cases.count) cases")
    }
  }
}

/// What is wrong with a data set on disk.
public struct DatasetFolderError: Error, Equatable, CustomStringConvertible {
  /// The sentence for people.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Finds the cases of a data set.
private struct DatasetListing {
  let folder: URL
  let json: JSONValue
  let description: DatasetDescription

  func cases() throws(DatasetFolderError) -> [DatasetFolder.Case] {
    if let listed = json["dataset"]?.members { return try listed.map(listedCase) }
    if let training = json["training"]?.elements { return try training.map(decathlonCase) }
    return try foundCases()
  }

  /// `dataset`: {case: {"images": [...], "label": ...}}.
  private func listedCase(_ member: JSONValue.Member) throws(DatasetFolderError) -> DatasetFolder.Case {
    let images = member.value["images"]?.elements?.compactMap { $0.text } ?? []
    guard images.count == description.channelNames.count, let label = member.value["label"]?.text else {
      throw DatasetFolderError(
        "dataset.json: dataset.\(member.key): expected \(description.channelNames.count) images and a label")
    }
    var files: [URL] = []
    for image in images { files.append(try file(image)) }
    return DatasetFolder.Case(name: member.key, images: files, label: try file(label))
  }

  /// `training`: [{"image": "./imagesTr/x.nii.gz", "label": "./labelsTr/x.nii.gz"}].
  private func decathlonCase(_ entry: JSONValue) throws(DatasetFolderError) -> DatasetFolder.Case {
    guard let image = entry["image"]?.text, let label = entry["label"]?.text else {
      throw DatasetFolderError("dataset.json: training: expected entries with image and label")
    }
    let file = try file(image)
    let name = file.lastPathComponent.replacing(".nii.gz", with: "").replacing(".nii", with: "")
    return DatasetFolder.Case(name: name, images: [file], label: try self.file(label))
  }

  /// A file below the data set's folder; a path that leads out of it is refused.
  private func file(_ path: String) throws(DatasetFolderError) -> URL {
    let file = folder.appending(path: path).standardizedFileURL
    guard !path.hasPrefix("/"), file.path.hasPrefix(folder.standardizedFileURL.path + "/") else {
      throw DatasetFolderError("dataset.json: the path \"\(path)\" leads out of the data set's folder")
    }
    return file
  }

  /// `imagesTr/<case>_<four digits><ending>` and `labelsTr/<case><ending>`.
  private func foundCases() throws(DatasetFolderError) -> [DatasetFolder.Case] {
    let ending = description.fileEnding ?? ".nii.gz"
    let images = folder.appending(path: "imagesTr")
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: images.path) } catch {
      throw DatasetFolderError("\(images.path) cannot be listed: \(error.localizedDescription)")
    }
    let channels = names.filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") && $0.count > ending.count + 5 }
    let present = Set(channels)
    var cases: [DatasetFolder.Case] = []
    for name in Set(channels.map { String($0.dropLast(ending.count + 5)) }) {
      let files = description.channelNames.indices.map { index in
        let digits = String(index)
        return name + "_" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ending
      }
      if let missing = files.first(where: { !present.contains($0) }) {
        throw DatasetFolderError("\(images.path): \(missing) is missing")
      }
      let label = folder.appending(path: "labelsTr").appending(path: name + ending)
      guard FileManager.default.fileExists(atPath: label.path) else {
        throw DatasetFolderError("\(label.path) is missing")
      }
      cases.append(DatasetFolder.Case(name: name, images: files.map { images.appending(path: $0) }, label: label))
    }
    return cases
  }
}
