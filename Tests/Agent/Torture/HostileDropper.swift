import Foundation
import TestSupport

/// Puts series into an inbox in ways that a good sender would not, as a seed says.
///
/// Whatever the way, the slices at both ends of a series come first, so that until its last file is there it has a gap and is
/// held: how long a busy machine takes over a drop decides nothing.
struct HostileDropper {
  /// One way.
  enum Way: String, CaseIterable, Sendable {
    /// File by file, each in two pieces.
    case slowly
    /// Made elsewhere and renamed into place, the whole folder at once.
    case moved
    /// Each file a hard link to one elsewhere.
    case linked
    /// Under names of unfinished transfers, renamed one by one.
    case unfinished
    /// The folder gets another name while it is read, and another.
    case wandering
    /// Deleted and dropped again, more than once.
    case dropped
    /// Times set anew, again and again, while it is read.
    case touched
    /// A compressed archive.
    case archive
    /// In two folders, one deep below the other.
    case split
  }

  let inbox: URL
  let staging: URL
  private var random: SplitMix64
  private let manager = FileManager.default

  init(inbox: URL, staging: URL, seed: UInt64) {
    (self.inbox, self.staging) = (inbox, staging)
    random = SplitMix64(seed: seed)
  }

  /// Drops series number `number` and, now and then, junk beside it. Returns when it is all there.
  mutating func drop(_ number: Int, _ way: Way) async throws {
    let made = staging.appending(path: "series \(number)")
    try SyntheticSeries(description: "tiny \(number)", seed: UInt64(number)).write(to: made)
    let place = inbox.appending(path: "series \(number)")
    switch way {
    case .slowly: try await each(made, to: place) { try await Self.writeInPieces($0, $1, &$2) }
    case .linked:
      try await each(made, to: place) { old, new, _ in try FileManager.default.linkItem(at: old, to: new) }
    case .unfinished: try await each(made, to: place) { try await Self.writeUnfinished($0, $1, &$2) }
    case .moved: try manager.moveItem(at: made, to: place)
    case .wandering: try await wander(made, place)
    case .dropped: try await dropAgain(made, place)
    case .touched: try await touch(made, place)
    case .split: try split(made, place)
    case .archive:
      let packed = staging.appending(path: "\(number).tgz")
      try packArchive(made, to: packed)
      try manager.moveItem(at: packed, to: inbox.appending(path: "\(number).tgz"))
    }
    if random.next() % 2 == 0 { try litter(number) }
  }

  /// Takes every file over, the ends of the series first, the others in a random order.
  private mutating func each(
    _ folder: URL, to place: URL, _ take: (URL, URL, inout SplitMix64) async throws -> Void
  ) async throws {
    try manager.createDirectory(at: place, withIntermediateDirectories: true)
    let names = try manager.contentsOfDirectory(atPath: folder.path).sorted()
    let inner = names.dropFirst().dropLast().shuffled(using: &random)
    for name in [names[0], names[names.count - 1]] + inner {
      try await take(folder.appending(path: name), place.appending(path: name), &random)
    }
  }

  private static func writeInPieces(_ old: URL, _ new: URL, _ random: inout SplitMix64) async throws {
    let bytes = try Data(contentsOf: old)
    let half = Int.random(in: 1..<bytes.count, using: &random)
    try bytes.prefix(half).write(to: new)
    try await Task.sleep(for: .milliseconds(Int.random(in: 0...20, using: &random)))
    let handle = try FileHandle(forWritingTo: new)
    try handle.seekToEnd()
    try handle.write(contentsOf: bytes.suffix(from: half))
    try handle.close()
  }

  private static func writeUnfinished(_ old: URL, _ new: URL, _ random: inout SplitMix64) async throws {
    let ending = [".partial", ".filepart", ".tmp"].randomElement(using: &random) ?? ".part"
    let unfinished = URL(filePath: new.path + ending)
    try await writeInPieces(old, unfinished, &random)
    try FileManager.default.moveItem(at: unfinished, to: new)
  }

  private mutating func wander(_ made: URL, _ place: URL) async throws {
    try manager.moveItem(at: made, to: place)
    var here = place
    for step in 0..<3 {
      try await pause(600)
      let next = inbox.appending(path: "\(place.lastPathComponent) moved \(step)")
      try manager.moveItem(at: here, to: next)
      here = next
    }
  }

  private mutating func dropAgain(_ made: URL, _ place: URL) async throws {
    for _ in 0..<2 {
      try manager.copyItem(at: made, to: staging.appending(path: "copy"))
      try manager.moveItem(at: staging.appending(path: "copy"), to: place)
      try await pause(700)
      try manager.moveItem(at: place, to: staging.appending(path: "taken away"))
      try manager.removeItem(at: staging.appending(path: "taken away"))
    }
    try manager.moveItem(at: made, to: place)
  }

  private mutating func touch(_ made: URL, _ place: URL) async throws {
    try manager.moveItem(at: made, to: place)
    let names = try manager.contentsOfDirectory(atPath: place.path).sorted()
    for _ in 0..<20 {
      try await pause(60)
      let name = names.randomElement(using: &random) ?? ""
      try manager.setAttributes([.modificationDate: Date()], ofItemAtPath: place.appending(path: name).path)
    }
  }

  private func split(_ made: URL, _ place: URL) throws {
    let deep = place.appending(path: "a/b/c")
    try manager.createDirectory(at: deep, withIntermediateDirectories: true)
    for (number, name) in try manager.contentsOfDirectory(atPath: made.path).sorted().enumerated() {
      // The ends into the outer folder, so that one folder alone has gaps.
      let target = number > 0 && number % 2 == 0 ? deep : place
      try manager.moveItem(at: made.appending(path: name), to: target.appending(path: name))
    }
  }

  /// What is no scan and worth no run: companions, hidden files, files without a byte.
  private mutating func litter(_ number: Int) throws {
    let junk = (0..<Int.random(in: 1...4000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    try Data(junk).write(to: inbox.appending(path: "notes \(number).txt"))
    try Data(junk).write(to: inbox.appending(path: ".hidden \(number)"))
    try Data(junk).write(to: inbox.appending(path: "half \(number).dcm.partial"))
    try Data().write(to: inbox.appending(path: "empty \(number).dcm"))
  }

  private mutating func pause(_ most: Int) async throws {
    try await Task.sleep(for: .milliseconds(Int.random(in: 0...most, using: &random)))
  }
}
