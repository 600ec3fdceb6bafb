internal import Digests
public import Foundation

/// All rules of a rules folder, each read or with the reason why not.
public struct RuleBook: Sendable {
  /// The rules that can be used, by name.
  public private(set) var rules: [Rule]
  /// What is wrong with the others.
  public private(set) var problems: [RuleError]
  /// The rules folder.
  public let folder: URL

  /// Reads every `<folder>/<name>/rule.yaml`. Problems do not stop the others; a folder that cannot be listed is a problem, and so
  /// is a rule that somebody besides root and this process's user may change, unless `allowingWritable`.
  public init(readingFrom folder: URL, allowingWritable: Bool = false) {
    let security = RulesSecurity(rules: folder, allowsWritable: allowingWritable)
    self.folder = folder.standardizedFileURL
    rules = []
    problems = []
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      problems.append(
        RuleError(
          file: self.folder, line: nil, message: "the rules folder cannot be listed; expected <name>/rule.yaml below it"
        ))
      return
    }
    for name in names.sorted() where !name.hasPrefix(".") {
      let file = self.folder.appending(path: name).appending(path: "rule.yaml")
      do throws(RuleError) {
        guard try Self.isThere(file) else { continue }
        try Self.check(name: name, file: file)
        if let objection = security.objection(to: file) { throw objection }
        rules.append(try RuleFile(file: file).read())
      } catch {
        problems.append(error)
      }
    }
  }

  /// SHA-256 over the digests of all rules, and what is wrong with the others: other rules, another digest.
  var digest: String {
    let parts = rules.map { "\($0.name) \($0.digest)" }.sorted() + problems.map { $0.description }.sorted()
    return SHA256Digest(of: parts.joined(separator: "\n")).description
  }

  /// Why a rule that somebody names cannot be used; nil where it can.
  public func complaint(about name: String) -> String? {
    guard !rules.contains(where: { $0.name == name }) else { return nil }
    if let problem = problems.first(where: { $0.file.deletingLastPathComponent().lastPathComponent == name }) {
      return problem.description
    }
    let known = rules.map { $0.name }.joined(separator: ", ")
    return "no rule \(name) in \(folder.path); there are \(known.isEmpty ? "none" : known)"
  }

  /// The folders of the rules' models.
  var models: [URL] { rules.map { $0.model } }

  /// Whether the folder could not be listed: what it holds is not known.
  var isUnlisted: Bool { problems.contains { $0.file == folder } }

  /// This book, with the rules of `previous` in place of those that no longer read: the last good one stays in force.
  public func fallingBack(on previous: RuleBook) -> RuleBook {
    var book = self
    let broken = Set(problems.map { $0.file })
    book.rules += previous.rules.filter { rule in
      (isUnlisted || broken.contains(rule.file)) && !rules.contains { $0.name == rule.name }
    }
    return book
  }

  /// The problems of rules of which not even an earlier state is in force.
  var missing: [RuleError] { problems.filter { problem in !rules.contains { $0.file == problem.file } } }

  /// This book with one rule alone; with all of them where `name` is nil.
  func only(_ name: String?) -> RuleBook {
    guard let name else { return self }
    var book = self
    book.rules.removeAll { $0.name != name }
    return book
  }

  /// Whether there is such a file. Throws where something of it is there and leads nowhere: a rule that nobody can read must not be
  /// taken for none.
  private static func isThere(_ file: URL) throws(RuleError) -> Bool {
    var status = stat()
    guard stat(file.path, &status) != 0 else { return true }
    let code = errno
    let above = file.deletingLastPathComponent().path
    if code == ENOENT || code == ENOTDIR, lstat(file.path, &status) != 0,
      stat(above, &status) == 0 || lstat(above, &status) != 0
    {
      return false
    }
    throw RuleError(
      file: file, line: nil,
      message: "a link or folder on the way to it leads nowhere: \(String(cString: strerror(code))); mend or remove it")
  }

  /// Letters, digits, `-`, `_` and `.`: the rule's name becomes a folder of the output tree.
  private static func check(name: String, file: URL) throws(RuleError) {
    let isPlain = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
    }
    guard isPlain, name != "refused" else {
      throw RuleError(
        file: file, line: nil,
        message: "the folder's name \(name) is not usable: letters, digits, -, _ and . only, and not `refused`")
    }
  }
}
