import Foundation

/// Writes a zip (PKWARE APPNOTE 6.3) of stored entries, as PyTorch does: bytes of every entry begin at a multiple of 64, dates are those of
/// 1980, so equal content gives equal bytes. The file is made under a temporary name beside its own, synchronised, then renamed.
struct StoredZipWriter {
  private let file: URL
  private let temporary: URL
  private let handle: FileHandle
  private var offset = 0
  private var directory: [UInt8] = []
  private var entries = 0

  /// PyTorch's alignment of storages.
  private static let alignment = 64
  /// No more than a zip without the 64-bit extension can hold.
  private static let most = Int(UInt32.max) - 1

  init(_ file: URL) throws {
    self.file = file
    temporary = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).\(UUID().uuidString)")
    try Data().write(to: temporary)
    handle = try FileHandle(forWritingTo: temporary)
  }

  /// Adds an entry. A name must not come twice.
  mutating func add(_ name: String, _ bytes: [UInt8]) throws {
    let text = Array(name.utf8)
    let padding = Self.padding(offset + 30 + text.count)
    var crc = CRC32()
    crc.update(bytes)
    guard offset + 30 + text.count + padding.count + bytes.count + directory.count < Self.most else {
      throw CheckpointError(.overBudget, file.path, "the network needs more than the 4 GiB that are written")
    }
    let common = Self.common(crc: crc.value, size: bytes.count, name: text.count)
    directory += Self.signature(1, 2) + Self.little(20, 2) + common + Self.little(0, 2)
    directory += [UInt8](repeating: 0, count: 10) + Self.little(offset, 4) + text
    let local = Self.signature(3, 4) + common + Self.little(padding.count, 2) + text + padding
    try handle.write(contentsOf: local + bytes)
    offset += local.count + bytes.count
    entries += 1
  }

  /// Writes the directory and gives the file its name.
  func finish() throws {
    let end =
      Self.signature(5, 6) + [0, 0, 0, 0] + Self.little(entries, 2) + Self.little(entries, 2)
      + Self.little(directory.count, 4) + Self.little(offset, 4) + [0, 0]
    guard entries < Int(UInt16.max) else {
      throw CheckpointError(.overBudget, file.path, "more than 65,534 tensors")
    }
    try handle.write(contentsOf: directory + end)
    try handle.synchronize()
    try handle.close()
    guard rename(temporary.path, file.path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  }

  /// Removes what was written.
  func abandon() {
    try? handle.close()
    try? FileManager.default.removeItem(at: temporary)
  }

  /// Version, flags, method, time and date, checksum, both sizes, length of the name: the same in both headers.
  private static func common(crc: UInt32, size: Int, name: Int) -> [UInt8] {
    let date = 1 << 5 | 1  // 1 January 1980
    return little(20, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(date, 2) + little(Int(crc), 4)
      + little(size, 4) + little(size, 4) + little(name, 2)
  }

  /// An extra field "FB", which PyTorch uses, that brings the bytes behind a header of `length` to a multiple of 64.
  private static func padding(_ length: Int) -> [UInt8] {
    let filler = (alignment - (length + 4) % alignment) % alignment
    return Array("FB".utf8) + little(filler, 2) + [UInt8](repeating: UInt8(ascii: "Z"), count: filler)
  }

  private static func signature(_ third: UInt8, _ fourth: UInt8) -> [UInt8] { [0x50, 0x4B, third, fourth] }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
