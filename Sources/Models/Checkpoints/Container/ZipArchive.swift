/// A zip file (PKWARE APPNOTE 6.3) whose entries are all stored without compression, as PyTorch writes it; ZIP64 too.
///
/// Every offset and length is checked against the file, names are unique, and no two entries overlap.
struct ZipArchive: Sendable {
  /// One stored entry.
  struct Entry: Sendable, Hashable {
    /// Its name, with `/` between folders. Never used as a path.
    let name: String
    /// Where its bytes begin in the file.
    let offset: Int
    /// Number of bytes.
    let size: Int
    /// The checksum that the directory gives for them.
    let crc: UInt32
  }

  /// The file.
  let file: RandomAccessFile
  /// The entries by name.
  let entries: [String: Entry]

  /// Reads the directory and every local header.
  init(_ file: RandomAccessFile, limits: CheckpointLimits) throws(CheckpointError) {
    self.file = file
    let directory = try ZipDirectory(file, limits: limits)
    var entries: [String: Entry] = [:]
    for record in directory.records {
      let entry = try Self.located(record, in: file, before: directory.offset)
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw CheckpointError(.damaged, file.path, "the zip holds two entries named \(entry.name)")
      }
    }
    self.entries = entries
    try Self.checkDisjoint(directory.records.compactMap { record in entries[record.name].map { (record, $0) } }, file)
  }

  /// All bytes of `entry`, after comparing their checksum.
  func bytes(of entry: Entry) throws(CheckpointError) -> [UInt8] {
    let bytes = try file.bytes(at: entry.offset, count: entry.size)
    var crc = CRC32()
    crc.update(bytes)
    guard crc.value == entry.crc else {
      throw CheckpointError(
        .damaged, file.path, "the bytes of \(entry.name) do not have the checksum the zip gives for them")
    }
    return bytes
  }

  /// Finds the entry's bytes behind its local header (APPNOTE 4.3.7).
  private static func located(
    _ record: ZipDirectory.Record, in file: RandomAccessFile, before end: Int
  ) throws(CheckpointError) -> Entry {
    let header = try file.bytes(at: record.headerOffset, count: 30)
    guard header.littleEndian(at: 0, count: 4) == 0x0403_4b50,
      let nameLength = header.littleEndianInt(at: 26, count: 2),
      let extraLength = header.littleEndianInt(at: 28, count: 2)
    else { throw CheckpointError(.damaged, file.path, "no local zip header where the directory puts \(record.name)") }
    guard try file.bytes(at: record.headerOffset + 30, count: nameLength) == Array(record.name.utf8) else {
      throw CheckpointError(.damaged, file.path, "the local zip header of \(record.name) has another name")
    }
    let offset = record.headerOffset + 30 + nameLength + extraLength
    guard offset <= end, record.size <= end - offset else {
      throw CheckpointError(
        .damaged, file.path, "zip entry \(record.name) reaches into the directory or past the file's end")
    }
    return Entry(name: record.name, offset: offset, size: record.size, crc: record.crc)
  }

  private static func checkDisjoint(
    _ pairs: [(record: ZipDirectory.Record, entry: Entry)], _ file: RandomAccessFile
  ) throws(CheckpointError) {
    let sorted = pairs.sorted { $0.record.headerOffset < $1.record.headerOffset }
    for (first, second) in zip(sorted, sorted.dropFirst())
    where first.entry.offset + first.entry.size > second.record.headerOffset {
      let names = "\(first.record.name) and \(second.record.name)"
      throw CheckpointError(.damaged, file.path, "zip entries \(names) overlap")
    }
  }
}
