internal import Archives
internal import Foundation
internal import Intake

/// Says of quiet files what they belong to, by their headers, never by their names (NIfTI masks and archives apart).
struct FileClassifier: Sendable {
  /// Files that lie beside scans and are no scans: not worth a refusal, whatever they hold.
  static let companions: Set<String> = [
    "md", "txt", "json", "csv", "tsv", "xml", "html", "pdf", "log", "yaml", "yml", "jpg", "jpeg", "png", "bvec", "bval",
    "ini", "db",
  ]

  /// Over which files an agent has died; nil: nobody keeps account.
  var suspects: Suspects?

  /// One answer for each file. Headers are read on all processors, those of suspects one after the
  /// other when all others are read; blocks.
  func classify(_ stamps: [FileStamp]) -> [Sighting] {
    guard let suspects else { return Self.concurrently(stamps) { classify($0) } }
    let states = stamps.map { suspects.state(ofFile: $0) }
    let known = states.map { suspects.contains($0) }
    let places = stamps.indices.filter { !known[$0] }
    let found = Self.concurrently(places) { place in
      suspects.hand.holding(states[place], parallel: true) { classify(stamps[place]) }
    }
    var sightings = [Sighting](repeating: .aside, count: stamps.count)
    for (place, sighting) in zip(places, found) { sightings[place] = sighting }
    for place in stamps.indices where known[place] {
      if suspects.verdict(on: states[place], doing: "reading its header") != nil {
        sightings[place] = .part(of: .strangers(folder: (stamps[place].path as NSString).deletingLastPathComponent))
      } else {
        sightings[place] = suspects.hand.holding(states[place], parallel: true) { classify(stamps[place]) }
        try? suspects.acquit(states[place])  // what cannot be written now stays a suspect, and is read last once more
      }
    }
    return sightings
  }

  /// What each file is.
  static func kinds(of paths: [String]) -> [FileKind] { concurrently(paths) { FileKind($0) } }

  private static func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) -> Value
  ) -> [Value] {
    [Value](unsafeUninitializedCapacity: items.count) { buffer, count in
      nonisolated(unsafe) let slots = buffer
      DispatchQueue.concurrentPerform(iterations: items.count) { index in
        slots.initializeElement(at: index, to: body(items[index]))
      }
      count = items.count
    }
  }

  func classify(_ stamp: FileStamp) -> Sighting {
    let path = stamp.path as NSString
    let (name, folder) = (path.lastPathComponent, path.deletingLastPathComponent)
    if ReferenceMaskName.holds(for: name) { return .part(of: .mask(path: stamp.path)) }
    if ArchiveName.holds(for: name) { return .part(of: .archive(path: stamp.path)) }
    switch FileKind(stamp.path) {
    case .series(let key, let mark): return .part(of: .series(key), mark)
    case .object(let form): return .part(of: .object(path: stamp.path, form: form))
    case .directory: return .aside
    case .unavailable: return .unavailable
    case .stranger:
      return Self.companions.contains(path.pathExtension.lowercased()) ? .aside : .part(of: .strangers(folder: folder))
    }
  }
}
