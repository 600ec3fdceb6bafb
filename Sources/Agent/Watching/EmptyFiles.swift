internal import Foundation
internal import Intake

/// Files without a single byte. They are no input yet, and they may never become any: somebody has to hear of them.
struct EmptyFiles {
  /// Since when each is known to be empty; nil: told already.
  private var since: [String: Duration?] = [:]

  /// Whether one is there that was not told yet.
  var isWaiting: Bool { since.values.contains { $0 != nil } }

  /// What a listing of the folder at `folder` says.
  mutating func reconcile(_ paths: [String], below folder: String, at now: Duration) {
    let present = Set(paths)
    since = since.filter { !Self.lies($0.key, below: folder) || present.contains($0.key) }
    for path in paths where since[path] == nil { since.updateValue(now, forKey: path) }
  }

  /// Looks at one file.
  mutating func look(at path: String, at now: Duration) {
    let stamp = try? FileStamp.current(path)
    if let stamp, stamp.size == 0, !WaitingNames.isWaiting((path as NSString).lastPathComponent) {
      if since[path] == nil { since.updateValue(now, forKey: path) }
    } else {
      since.removeValue(forKey: path)
    }
  }

  mutating func forget(below folder: String) { since = since.filter { !Self.lies($0.key, below: folder) } }

  /// Those that have been empty for `quiet`, each told once.
  mutating func ripe(at now: Duration, after quiet: Duration) -> [String] {
    let ripe = since.filter { entry in entry.value.map { now - $0 >= quiet } ?? false }.map { $0.key }
    for path in ripe { since.updateValue(nil, forKey: path) }
    return ripe.sorted()
  }

  private static func lies(_ path: String, below folder: String) -> Bool {
    path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }
}
