package import Digests
package import Foundation
internal import Writers

/// A run that was made away from the database: a folder with its outputs, `record.json` (what the run's own record says) and
/// `bundle.sha256` (the digests of all the others, as `sha256sum -c` reads them). It appears whole or not at all.
package struct RunBundle {
  static let recordName = "record.json"
  static let listName = "bundle.sha256"
  /// Files of a bundle; a run writes half a dozen.
  static let mostFiles = 64

  /// Where it lies.
  package let folder: URL
  /// What it says of its run.
  let record: BundleRecord
  /// Its outputs with their digests, by name; the record and the list are not among them.
  package let outputs: [(name: String, sha256: SHA256Digest)]

  /// Whether this process made it, in a folder of its own.
  let isOwn: Bool

  /// Writes the record, then the list, into a folder that has the outputs, and gives it its name: where it lies.
  static func seal(_ folder: consuming OutputFolder, _ record: BundleRecord) throws -> URL {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try folder.write(Array(encoder.encode(record)) + Array("\n".utf8), as: recordName)
    let list = folder.writtenFiles.map { "\($0.sha256)  \($0.name)\n" }.joined()
    try folder.write(Array(list.utf8), as: listName)
    return try folder.seal().folder
  }

  /// Whether a bundle lies there, whole or not.
  static func isThere(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: listName).path)
  }

  /// Reads a bundle and digests every file in it. Throws where its files are not exactly those of its list, where one has another digest,
  /// and, unless it `isOwn`, where others than root and this process's user may change it.
  package init(readingFrom folder: URL, isOwn: Bool = false) throws(BundleError) {
    var paths = OwnPaths()
    if !isOwn, let hand = paths.foreignHand(below: folder.path) { throw BundleError(folder, "\(hand)") }
    let listed = try Self.list(folder)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
      $0 != Self.listName
    }
    guard Set(names) == Set(listed.keys) else {
      throw BundleError(
        folder,
        "holds \(names.sorted().joined(separator: ", ")), but \(Self.listName) names \(listed.keys.sorted().joined(separator: ", "))"
      )
    }
    for (name, digest) in listed {
      let file = folder.appending(path: name)
      guard let found = Self.digest(file), found == digest else {
        throw BundleError(folder, "\(name) is not what \(Self.listName) says")
      }
    }
    (self.folder, self.isOwn) = (folder, isOwn)
    record = try Self.record(folder)
    outputs = listed.filter { $0.key != Self.recordName }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Of a regular file, links not followed.
  private static func digest(_ file: URL) -> SHA256Digest? {
    var status = stat()
    guard lstat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return try? SHA256Digest(ofFile: file)
  }

  private static func list(_ folder: URL) throws(BundleError) -> [String: SHA256Digest] {
    let file = folder.appending(path: listName)
    guard let data = try? Data(contentsOf: file), data.count <= 1 << 16, let text = String(data: data, encoding: .utf8)
    else { throw BundleError(folder, "\(listName) cannot be read, or is longer than a list of \(mostFiles) files") }
    var listed: [String: SHA256Digest] = [:]
    for line in text.split(separator: "\n") {
      let (digest, name) = (SHA256Digest(hexadecimal: String(line.prefix(64))), String(line.dropFirst(66)))
      guard let digest, line.dropFirst(64).hasPrefix("  "), OutputName.isSafe(name), name != listName,
        listed.updateValue(digest, forKey: name) == nil, listed.count <= mostFiles
      else { throw BundleError(folder, "\(listName) has a line that is no digest, two blanks and a plain name") }
    }
    guard listed[recordName] != nil else { throw BundleError(folder, "\(listName) names no \(recordName)") }
    return listed
  }

  private static func record(_ folder: URL) throws(BundleError) -> BundleRecord {
    let file = folder.appending(path: recordName)
    var status = stat()
    guard stat(file.path, &status) == 0, Int64(status.st_size) <= BundleRecord.largestRecord else {
      throw BundleError(folder, "\(recordName) is larger than \(BundleRecord.largestRecord >> 20) MiB")
    }
    do { return try JSONDecoder().decode(BundleRecord.self, from: Data(contentsOf: file)) } catch {
      throw BundleError(folder, "\(recordName) is no run's record: \(error)")
    }
  }
}

/// A bundle cannot be taken in.
package struct BundleError: Error, CustomStringConvertible {
  /// What was expected and what was found.
  package let description: String

  init(_ folder: URL, _ words: String) { description = "the bundle \(folder.path): \(words)" }
}
