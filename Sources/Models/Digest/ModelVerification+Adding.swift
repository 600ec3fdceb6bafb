public import Foundation

extension ModelVerification {
  /// Writes a file of a model's folder (whole or not at all) and its digest into `model.sha256`, where there is such a record. The
  /// other lines stay as they are, so that nobody's change to another file is approved on the way.
  public static func add(_ data: Data, as path: String, to folder: URL) throws(ModelError) {
    let (file, record) = (folder.appending(path: path), folder.appending(path: recordName))
    do { try data.write(to: file, options: .atomic) } catch {
      throw ModelError(.missing, file, "not written: \(error.localizedDescription)")
    }
    guard let known = try? Data(contentsOf: record), let text = String(data: known, encoding: .utf8) else { return }
    let own = try ModelDigest(of: [path], in: folder).listing.dropLast()
    let others = text.split(separator: "\n").filter { $0.dropFirst(66) != path }
    let lines = (others + [own]).sorted { $0.dropFirst(66).utf8.lexicographicallyPrecedes($1.dropFirst(66).utf8) }
    do { try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: record, options: .atomic) } catch {
      throw ModelError(.missing, record, "not written: \(error.localizedDescription)")
    }
  }
}
