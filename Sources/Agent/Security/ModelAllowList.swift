internal import Digests
internal import Foundation

/// The models that a site lets run: `Rules/trusted-models`, lines of a model folder's digest, blanks and a comment, as
/// `vigil model digest` prints them. Empty lines and lines that begin with `#` are left out.
struct ModelAllowList: Sendable, Hashable {
  /// The list's name in the rules folder.
  static let fileName = "trusted-models"
  /// A list larger than this is none.
  static let largestFile = 1 << 20

  /// The file.
  let file: URL
  /// Digests by which a model may run.
  let digests: Set<SHA256Digest>

  /// The list of a rules folder; nil where the site keeps none, and any model may run.
  static func read(in rules: URL) throws(RuleError) -> ModelAllowList? {
    let file = rules.appending(path: fileName)
    var status = stat()
    guard lstat(file.path, &status) == 0 else {
      // Where nobody can say whether there is a list, rules that are still in force must not run what it may not name.
      if errno == ENOENT, lstat(rules.resolvingSymlinksInPath().path, &status) == 0 { return nil }
      throw RuleError(
        file: file, line: nil,
        message:
          "whether there is such a list cannot be seen: \(String(cString: strerror(errno))); no model runs until it can"
      )
    }
    guard let data = try? Data(contentsOf: file), data.count <= largestFile,
      let text = String(data: data, encoding: .utf8)
    else {
      throw RuleError(
        file: file, line: nil, message: "expected UTF-8 text of at most \(largestFile) bytes; no model runs until it is"
      )
    }
    return ModelAllowList(file: file, digests: try digests(of: text, file))
  }

  private static func digests(of text: String, _ file: URL) throws(RuleError) -> Set<SHA256Digest> {
    var digests: Set<SHA256Digest> = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let word = line.split(whereSeparator: { $0.isWhitespace }).first, !word.hasPrefix("#") else { continue }
      guard let digest = SHA256Digest(hexadecimal: word.lowercased()) else {
        throw RuleError(
          file: file, line: index + 1,
          message:
            "expected 64 hexadecimal digits, then a comment, as `vigil model digest` prints; no model runs until it is so"
        )
      }
      digests.insert(digest)
    }
    return digests
  }
}
