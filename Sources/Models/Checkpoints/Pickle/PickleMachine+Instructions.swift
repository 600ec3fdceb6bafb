extension PickleMachine {
  /// Carries out one instruction; true at STOP.
  mutating func step() throws(PickleError) -> Bool {
    let code = try bytes.byte()
    if code == UInt8(ascii: ".") {
      document.root = try pop()
      return true
    }
    if try constant(code) { return false }
    if try container(code) { return false }
    if try stackOrMemo(code) { return false }
    if try construction(code) { return false }
    throw PickleError(
      .refused, "pickle instruction 0x\(String(code, radix: 16)) is not used by checkpoints and not carried out")
  }

  /// Numbers, text and bytes. False when `code` is none of them.
  private mutating func constant(_ code: UInt8) throws(PickleError) -> Bool {
    switch code {
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "J"): try push(.int(Int(Int32(truncatingIfNeeded: try bytes.unsigned(4)))))
    case UInt8(ascii: "K"): try push(.int(try bytes.unsigned(1)))
    case UInt8(ascii: "M"): try push(.int(try bytes.unsigned(2)))
    case 0x8a: try push(Self.long(try bytes.counted(1)))
    case 0x8b: try push(Self.long(try bytes.counted(4)))
    case UInt8(ascii: "G"): try push(.double(try bytes.double()))
    case UInt8(ascii: "X"): try push(.string(try bytes.text(4)))
    case 0x8c: try push(.string(try bytes.text(1)))
    case 0x8d: try push(.string(try bytes.text(8)))
    case UInt8(ascii: "B"): try push(.bytes(Array(try bytes.counted(4))))
    case UInt8(ascii: "C"): try push(.bytes(Array(try bytes.counted(1))))
    case 0x8e, 0x96: try push(.bytes(Array(try bytes.counted(8))))
    default: return false
    }
    return true
  }

  /// Lists, tuples and dicts. False when `code` is none of them.
  private mutating func container(_ code: UInt8) throws(PickleError) -> Bool {
    switch code {
    case UInt8(ascii: "("): try mark()
    case UInt8(ascii: ")"): try newTuple([])
    case UInt8(ascii: "t"): try newTuple(try popToMark())
    case 0x85...0x87: try tuple(Int(code) - 0x84)
    case UInt8(ascii: "]"): try newList()
    case UInt8(ascii: "l"): try newList(try popToMark())
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "}"): try newDictionary()
    case UInt8(ascii: "d"): try newDictionary(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popToMark())
    default: return false
    }
    return true
  }

  /// The protocol, frames, the stack itself and the memo. False when `code` is none of them.
  private mutating func stackOrMemo(_ code: UInt8) throws(PickleError) -> Bool {
    switch code {
    case 0x80:
      let version = try bytes.byte()
      guard (2...5).contains(version) else {
        throw PickleError(.refused, "pickle protocol \(version); 2 to 5 are read")
      }
    case 0x95: _ = try bytes.take(8)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(try top())
    case UInt8(ascii: "h"): try recall(try bytes.unsigned(1))
    case UInt8(ascii: "j"): try recall(try bytes.unsigned(4))
    case UInt8(ascii: "q"): try remember(try bytes.unsigned(1))
    case UInt8(ascii: "r"): try remember(try bytes.unsigned(4))
    case 0x94: try remember()
    default: return false
    }
    return true
  }

  /// A two's complement number of up to 8 bytes, least significant first.
  private static func long(_ bytes: ArraySlice<UInt8>) throws(PickleError) -> PickleValue {
    guard bytes.count <= 8 else {
      throw PickleError(.refused, "a whole number of \(bytes.count) bytes; 8 are the most")
    }
    let fill: Int = bytes.last.map { $0 >= 0x80 } == true ? -1 : 0
    return .int(bytes.reversed().reduce(fill) { $0 << 8 | Int($1) })
  }
}
