internal import Foundation

extension AgentConfiguration {
  /// Says which inbox lies in the output tree or among the rules, or has them in it; nil where all lie apart, links followed. What the
  /// agent writes would be new in such an inbox and be taken for a scan, and what is dropped there could be a rule.
  var overlap: String? {
    let own = [("the output tree", output), ("the rules folder", rules)].map { (name: $0, path: Self.realPath($1)) }
    for inbox in inboxes {
      let path = Self.realPath(inbox)
      guard let (name, place) = own.first(where: { Self.overlap($0.path, path) }) else { continue }
      let how = path == place ? "is" : path.hasPrefix(Self.below(place)) ? "lies in" : "holds"
      return "the inbox \(path) \(how) \(name) \(place): name folders that lie beside one another"
    }
    return nil
  }

  private static func overlap(_ a: String, _ b: String) -> Bool {
    a == b || a.hasPrefix(below(b)) || b.hasPrefix(below(a))
  }

  private static func below(_ folder: String) -> String { folder == "/" ? "/" : folder + "/" }

  /// The path without links; of what does not exist yet, that of the folder above it with its name.
  private static func realPath(_ place: URL) -> String {
    let path = place.path
    if let resolved = realpath(path, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    let above = (path as NSString).deletingLastPathComponent
    guard above != path, !above.isEmpty else { return path }
    return below(realPath(URL(filePath: above))) + (path as NSString).lastPathComponent
  }
}
