/// The central directory of a zip file (APPNOTE 4.3.12 to 4.3.16).
struct ZipDirectory {
  /// What the directory says of one entry.
  struct Record {
    let name: String
    let headerOffset: Int
    let size: Int
    let crc: UInt32
  }

  /// Where the directory begins in the file: every entry ends before it.
  let offset: Int
  /// The entries in the directory's order.
  let records: [Record]

  init(_ file: RandomAccessFile, limits: CheckpointLimits) throws(CheckpointError) {
    let end = try ZipEnd(file)
    guard end.count <= limits.entries, end.directorySize <= limits.headerBytes else {
      throw CheckpointError(
        .overBudget, file.path,
        "the zip has \(end.count) entries in a directory of \(end.directorySize) bytes; allowed are \(limits.entries) and \(limits.headerBytes)"
      )
    }
    let bytes = try file.bytes(at: end.directoryOffset, count: end.directorySize)
    var records: [Record] = []
    var position = 0
    for _ in 0..<end.count {
      let (record, length) = try Self.record(bytes, at: position, path: file.path)
      records.append(record)
      position += length
    }
    guard position == bytes.count else {
      throw CheckpointError(
        .damaged, file.path, "the zip directory has \(bytes.count - position) bytes behind its last entry")
    }
    offset = end.directoryOffset
    self.records = records
  }

  private static func record(_ bytes: [UInt8], at start: Int, path: String) throws(CheckpointError) -> (Record, Int) {
    func field(_ offset: Int, _ count: Int) throws(CheckpointError) -> Int {
      guard let value = bytes.littleEndianInt(at: start + offset, count: count) else {
        throw CheckpointError(.damaged, path, "the zip directory ends within an entry")
      }
      return value
    }
    guard try field(0, 4) == 0x0201_4b50 else {
      throw CheckpointError(.damaged, path, "byte \(start) of the zip directory does not begin an entry")
    }
    let (nameLength, extraLength, commentLength) = (try field(28, 2), try field(30, 2), try field(32, 2))
    let length = 46 + nameLength + extraLength + commentLength
    guard length <= bytes.count - start,
      let name = String(validating: bytes[start + 46..<start + 46 + nameLength], as: UTF8.self)
    else { throw CheckpointError(.damaged, path, "the zip directory has an entry whose name is cut off or not UTF-8") }
    guard try field(8, 2) & 0x2041 == 0, try field(10, 2) == 0 else {
      throw CheckpointError(
        .refused, path, "zip entry \(name) is compressed or encrypted; PyTorch stores entries as they are")
    }
    var fields = Zip64Fields(
      size: try field(24, 4), packedSize: try field(20, 4), headerOffset: try field(42, 4), disk: try field(34, 2))
    let extra = Array(bytes[start + 46 + nameLength..<start + 46 + nameLength + extraLength])
    guard fields.resolve(from: extra), fields.disk == 0, fields.size == fields.packedSize else {
      throw CheckpointError(.damaged, path, "the sizes of zip entry \(name) contradict each other")
    }
    let crc = UInt32(truncatingIfNeeded: try field(16, 4))
    return (Record(name: name, headerOffset: fields.headerOffset, size: fields.size, crc: crc), length)
  }
}

/// The four fields that may be too large for the directory's own record and then stand in the ZIP64 extra field
/// (APPNOTE 4.5.3), in this order.
private struct Zip64Fields {
  var size: Int
  var packedSize: Int
  var headerOffset: Int
  var disk: Int

  /// False when a field says "see the extra field" and the extra field does not have it.
  mutating func resolve(from extra: [UInt8]) -> Bool {
    guard size == 0xFFFF_FFFF || packedSize == 0xFFFF_FFFF || headerOffset == 0xFFFF_FFFF || disk == 0xFFFF else {
      return true
    }
    guard let body = Self.body(of: extra) else { return false }
    var position = 0
    func take(_ value: Int, _ full: Int, _ count: Int) -> Int? {
      guard value == full else { return value }
      defer { position += count }
      return body.littleEndianInt(at: position, count: count)
    }
    guard let size = take(size, 0xFFFF_FFFF, 8), let packed = take(packedSize, 0xFFFF_FFFF, 8),
      let offset = take(headerOffset, 0xFFFF_FFFF, 8), let disk = take(disk, 0xFFFF, 4)
    else { return false }
    self = Zip64Fields(size: size, packedSize: packed, headerOffset: offset, disk: disk)
    return true
  }

  /// The bytes of extra field 1.
  private static func body(of extra: [UInt8]) -> [UInt8]? {
    var position = 0
    while let tag = extra.littleEndianInt(at: position, count: 2),
      let length = extra.littleEndianInt(at: position + 2, count: 2), length <= extra.count - position - 4
    {
      if tag == 1 { return Array(extra[position + 4..<position + 4 + length]) }
      position += 4 + length
    }
    return nil
  }
}
