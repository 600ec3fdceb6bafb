import Preprocessing

/// Writes a pickle of protocol 2 (PEP 307; opcodes of CPython's `Lib/pickletools.py`) instruction by instruction, with no more of the
/// language than a checkpoint needs: plain values, containers, and views of float storages.
struct PickleWriter {
  /// What was written so far.
  private(set) var bytes: [UInt8] = [0x80, 2]

  /// Largest whole number that is written; nothing of a plan comes near.
  private static let integers = Int(Int32.min)...Int(Int32.max)

  /// The pickle, ended.
  var finished: [UInt8] { bytes + Array(".".utf8) }

  mutating func none() { op("N") }

  mutating func bool(_ value: Bool) { bytes.append(value ? 0x88 : 0x89) }

  /// Whole numbers beyond 32 bits become LONG1 of eight bytes.
  mutating func int(_ value: Int) {
    if Self.integers.contains(value) {
      op("J", Self.little(UInt64(bitPattern: Int64(value)), 4))
    } else {
      bytes.append(0x8A)
      bytes += [8] + Self.little(UInt64(bitPattern: Int64(value)), 8)
    }
  }

  mutating func double(_ value: Double) { op("G", Self.little(value.bitPattern, 8).reversed()) }

  mutating func text(_ value: String) { op("X", Self.little(UInt64(value.utf8.count), 4) + Array(value.utf8)) }

  mutating func ints(_ values: [Int]) { tuple { pickle in for value in values { pickle.int(value) } } }

  mutating func tuple(_ items: (inout PickleWriter) -> Void) {
    op("(")
    items(&self)
    op("t")
  }

  mutating func list(_ items: (inout PickleWriter) -> Void) {
    op("]")
    op("(")
    items(&self)
    op("e")
  }

  /// `items` writes a key, then its value, for each.
  mutating func dictionary(_ items: (inout PickleWriter) -> Void) {
    op("}")
    entries(items)
  }

  /// The same as a `collections.OrderedDict`.
  mutating func orderedDictionary(_ items: (inout PickleWriter) -> Void) {
    emptyOrderedDictionary()
    entries(items)
  }

  /// A contiguous view of all of the storage called `storage`, which lies in `data/<storage>` of the container.
  mutating func tensor(shape: [Int], storage: String) {
    global("torch._utils", "_rebuild_tensor_v2")
    tuple { pickle in
      pickle.tuple { id in
        id.text("storage")
        id.global("torch", TorchScalar.float32.rawValue)
        id.text(storage)
        id.text("cpu")
        id.int(shape.reduce(1, *))
      }
      pickle.op("Q")
      pickle.int(0)
      pickle.ints(shape)
      pickle.ints(shape.indices.map { axis in shape[(axis + 1)...].reduce(1, *) })
      pickle.bool(false)
      pickle.emptyOrderedDictionary()
    }
    op("R")
  }

  /// A JSON value as Python's `json.load` would give it.
  mutating func json(_ value: JSONValue) {
    switch value {
    case .null: none()
    case .bool(let truth): bool(truth)
    case .integer(let number): int(number)
    case .real(let number): double(number)
    case .string(let string): text(string)
    case .array(let elements): list { pickle in for element in elements { pickle.json(element) } }
    case .object(let members):
      dictionary { pickle in
        for member in members {
          pickle.text(member.key)
          pickle.json(member.value)
        }
      }
    }
  }

  private mutating func entries(_ items: (inout PickleWriter) -> Void) {
    op("(")
    items(&self)
    op("u")
  }

  private mutating func emptyOrderedDictionary() {
    global("collections", "OrderedDict")
    op(")")
    op("R")
  }

  private mutating func global(_ module: String, _ name: String) { op("c", Array("\(module)\n\(name)\n".utf8)) }

  private mutating func op(_ code: Unicode.Scalar, _ rest: [UInt8] = []) {
    bytes.append(UInt8(truncatingIfNeeded: code.value))
    bytes += rest
  }

  private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
