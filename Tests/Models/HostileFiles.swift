import Models

/// Assembles pickles instruction by instruction, also ones that no Python would write.
struct Pickle {
  var bytes: [UInt8] = [0x80, 2]

  func op(_ code: Character, _ rest: [UInt8] = []) -> Pickle { op(code.asciiValue ?? 0, rest) }
  func op(_ code: UInt8, _ rest: [UInt8] = []) -> Pickle { Pickle(bytes: bytes + [code] + rest) }
  func text(_ text: String) -> Pickle { op("X", Self.little(text.utf8.count, 4) + Array(text.utf8)) }
  func int(_ value: Int) -> Pickle { op(0x8a, [8] + Self.little(value, 8)) }
  func global(_ module: String, _ name: String) -> Pickle { op("c", Array("\(module)\n\(name)\n".utf8)) }
  func repeating(_ count: Int, _ codes: [UInt8]) -> Pickle {
    Pickle(bytes: bytes + Array(repeating: codes, count: count).flatMap { $0 })
  }

  /// A storage of `count` floats by its persistent id.
  func storage(_ key: String, _ count: Int) -> Pickle {
    op("(").text("storage").global("torch", "FloatStorage").text(key).text("cpu").int(count).op("t").op("Q")
  }

  /// A tensor view; `shape` and `stride` as they would stand in the file.
  func tensor(_ key: String, storage count: Int, offset: Int, shape: [Int], stride: [Int]) -> Pickle {
    var pickle = global("torch._utils", "_rebuild_tensor_v2").op("(").storage(key, count).int(offset)
    for numbers in [shape, stride] {
      pickle = numbers.reduce(pickle.op("(")) { $0.int($1) }.op("t")
    }
    return pickle.op(0x89).global("collections", "OrderedDict").op(")").op("R").op("t").op("R")
  }

  /// The finished pickle.
  var stopped: [UInt8] { op(".").bytes }

  static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// Writes stored zips, honest or not.
struct Zip {
  /// One entry and the lies told about it.
  struct Entry {
    var name: String
    var bytes: [UInt8]
    var method = 0
    var directorySize: Int?
    var headerOffset: Int?
    var localName: String?
    var crc: UInt32?
  }

  var entries: [Entry]
  var zip64 = false

  /// A checkpoint around `pickle` with float storages.
  static func checkpoint(_ pickle: [UInt8], storages: [String: [Float]] = [:]) -> Zip {
    let data = storages.sorted { $0.key < $1.key }.map { key, values in
      Entry(name: "model/data/\(key)", bytes: values.flatMap { Pickle.little(Int($0.bitPattern), 4) })
    }
    return Zip(entries: [Entry(name: "model/data.pkl", bytes: pickle)] + data)
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let (local, name) = (Array((entry.localName ?? entry.name).utf8), Array(entry.name.utf8))
      let (offset, size) = (entry.headerOffset ?? file.count, entry.directorySize ?? entry.bytes.count)
      let crc = Pickle.little(Int(entry.crc ?? checksum(entry.bytes)), 4)
      file += Self.signature(3, 4) + [0, 0, 0, 0] + Pickle.little(entry.method, 2) + [0, 0, 0, 0] + crc
      file +=
        Pickle.little(size, 4) + Pickle.little(size, 4) + Pickle.little(local.count, 2) + [0, 0] + local + entry.bytes
      let extra: [UInt8] =
        zip64 ? [1, 0, 24, 0] + Pickle.little(size, 8) + Pickle.little(size, 8) + Pickle.little(offset, 8) : []
      let sizes = zip64 ? [UInt8](repeating: 0xFF, count: 8) : Pickle.little(size, 4) + Pickle.little(size, 4)
      directory +=
        Self.signature(1, 2) + [0, 0, 0, 0, 0, 0] + Pickle.little(entry.method, 2) + [0, 0, 0, 0] + crc + sizes
      directory += Pickle.little(name.count, 2) + Pickle.little(extra.count, 2) + [UInt8](repeating: 0, count: 10)
      directory += (zip64 ? [0xFF, 0xFF, 0xFF, 0xFF] : Pickle.little(offset, 4)) + name + extra
    }
    return file + directory + end(directoryAt: file.count, size: directory.count)
  }

  private func end(directoryAt offset: Int, size: Int) -> [UInt8] {
    let count = entries.count
    let short = Self.signature(5, 6) + [0, 0, 0, 0]
    guard zip64 else {
      return short + Pickle.little(count, 2) + Pickle.little(count, 2) + Pickle.little(size, 4)
        + Pickle.little(offset, 4) + [0, 0]
    }
    let record =
      Self.signature(6, 6) + Pickle.little(44, 8) + [45, 0, 45, 0] + [UInt8](repeating: 0, count: 8)
      + Pickle.little(count, 8) + Pickle.little(count, 8) + Pickle.little(size, 8) + Pickle.little(offset, 8)
    let locator = Self.signature(6, 7) + [0, 0, 0, 0] + Pickle.little(offset + size, 8) + [1, 0, 0, 0]
    return record + locator + short + [UInt8](repeating: 0xFF, count: 12) + [0, 0]
  }

  private static func signature(_ third: UInt8, _ fourth: UInt8) -> [UInt8] { [0x50, 0x4b, third, fourth] }

  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
    }
  }
}
