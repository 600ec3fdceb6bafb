/// The record at a zip file's end (APPNOTE 4.3.16), or the ZIP64 one it stands for (4.3.14).
struct ZipEnd {
  /// Entries in the directory.
  let count: Int
  /// Bytes of the directory.
  let directorySize: Int
  /// Where the directory begins.
  let directoryOffset: Int

  init(_ file: RandomAccessFile) throws(CheckpointError) {
    let tailLength = min(file.size, 22 + 0xFFFF)
    let tail = try file.bytes(at: file.size - tailLength, count: tailLength)
    guard let end = Self.position(in: tail) else {
      throw CheckpointError(
        .damaged, file.path,
        "not a whole PyTorch checkpoint: no zip directory at its end (truncated, or saved in the old format of PyTorch before 1.6)"
      )
    }
    func field(_ offset: Int, _ length: Int) -> Int { tail.littleEndianInt(at: end + offset, count: length) ?? 0 }
    var (disk, count, size, offset) = (field(4, 2), field(10, 2), field(12, 4), field(16, 4))
    var limit = file.size - tailLength + end
    if tail.littleEndian(at: end - 20, count: 4) == 0x0706_4b50 {
      guard let start = tail.littleEndianInt(at: end - 12, count: 8), start <= limit - 76,
        case let record = try file.bytes(at: start, count: 56), record.littleEndian(at: 0, count: 4) == 0x0606_4b50,
        let longDisk = record.littleEndianInt(at: 16, count: 4),
        let longCount = record.littleEndianInt(at: 32, count: 8),
        let longSize = record.littleEndianInt(at: 40, count: 8),
        let longOffset = record.littleEndianInt(at: 48, count: 8)
      else { throw CheckpointError(.damaged, file.path, "the ZIP64 end record is not where its locator says") }
      (disk, count, size, offset, limit) = (longDisk, longCount, longSize, longOffset, start)
    }
    guard disk == 0, offset <= limit, size <= limit - offset, count <= size / 46 else {
      throw CheckpointError(.damaged, file.path, "the zip's end record describes a directory that is not in the file")
    }
    (self.count, directorySize, directoryOffset) = (count, size, offset)
  }

  /// The last place whose signature and comment length fit the file's end.
  private static func position(in tail: [UInt8]) -> Int? {
    guard tail.count >= 22 else { return nil }
    return (0...tail.count - 22).reversed().first {
      tail.littleEndian(at: $0, count: 4) == 0x0605_4b50
        && tail.littleEndianInt(at: $0 + 20, count: 2) == tail.count - $0 - 22
    }
  }
}
