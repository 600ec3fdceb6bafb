import Foundation
import Testing

/// The journal that `Tests/Faults` keeps: every call that changed the output tree, and what each sync made durable.
struct Journal {
  /// One call that worked.
  struct Record {
    let operation: String
    let inode: UInt64
    let path: String
    let bytes: Data
  }

  let records: [Record]

  init(_ file: URL) throws {
    let data = try Data(contentsOf: file)
    var (records, place): ([Record], Data.Index) = ([], data.startIndex)
    while place < data.endIndex {
      let end = try #require(data[place...].firstIndex(of: UInt8(ascii: "\n")))
      let words = String(decoding: data[place..<end], as: UTF8.self).split(
        separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
      let count = try #require(Int(words[2]))
      let bytes = data[(end + 1)..<(end + 1 + count)]
      records.append(
        Record(operation: String(words[0]), inode: try #require(UInt64(words[1])), path: String(words[3]), bytes: bytes)
      )
      place = end + 1 + count
    }
    self.records = records
  }
}

/// What a disk holds that lost its power: of each file the bytes that were synced last, of each folder the names. What was not
/// synced is gone, the worst that POSIX allows.
struct DurableTree: Sendable {
  private struct Name: Sendable {
    let text: String
    let inode: UInt64
    let isFolder: Bool
  }

  private var files: [UInt64: Data] = [:]
  private var folders: [UInt64: [Name]] = [:]

  /// Takes one record in; true where something has become durable by it.
  mutating func take(_ record: Journal.Record) -> Bool {
    switch record.operation {
    case "born": (files[record.inode], folders[record.inode]) = (nil, nil)
    case "sync-file":
      files[record.inode] = record.bytes
      return true
    case "sync-folder":
      folders[record.inode] = String(decoding: record.bytes, as: UTF8.self).split(separator: "\n").map { line in
        let words = line.split(separator: " ", maxSplits: 2).map { String($0) }
        return Name(text: words[2], inode: UInt64(words[0]) ?? 0, isFolder: words[1] == "d")
      }
      return true
    default: break
    }
    return false
  }

  /// Writes the folder with inode `root`, and all below it, to `place`, which is made.
  func write(_ root: UInt64, to place: URL) throws {
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for name in folders[root] ?? [] {
      let path = place.appending(path: name.text)
      if name.isFolder {
        try write(name.inode, to: path)
      } else {
        try (files[name.inode] ?? Data()).write(to: path)
        chmod(path.path, 0o600)
      }
    }
  }
}
