extension PickleMachine {
  /// The instructions with which a pickle makes objects: each is refused unless it means one of ``PickleCallable``.
  /// False when `code` is none of them.
  mutating func construction(_ code: UInt8) throws(PickleError) -> Bool {
    switch code {
    case UInt8(ascii: "c"): try push(.callable(try named(module: try bytes.line(), name: try bytes.line())))
    case 0x93:
      guard case (.string(let name), .string(let module)) = (try pop(), try pop()) else {
        throw PickleError(.damaged, "STACK_GLOBAL without a module and a name")
      }
      try push(.callable(try named(module: module, name: name)))
    case UInt8(ascii: "R"):
      let arguments = document.items(try pop())
      guard case .callable(let callable) = try pop(), let arguments else {
        throw PickleError(.refused, "REDUCE calls something that is no callable")
      }
      try push(try call(callable, arguments))
    case UInt8(ascii: "b"): try setState(try pop())
    case UInt8(ascii: "Q"): try push(.storage(try storage(try pop())))
    case UInt8(ascii: "i"):
      let name = "\(try bytes.line()).\(try bytes.line())"
      throw PickleError(.refused, "the pickle makes an instance of \(name), which no checkpoint needs")
    case UInt8(ascii: "o"), 0x81, 0x92:
      throw PickleError(
        .refused, "the pickle makes an instance of a class, which no checkpoint needs\(try instanceHint(code))")
    case 0x82, 0x83, 0x84: throw PickleError(.refused, "the pickle uses Python's extension registry")
    default: return false
    }
    return true
  }

  /// The callable, or an error with its name.
  private func named(module: String, name: String) throws(PickleError) -> PickleCallable {
    guard let callable = PickleCallable(module: module, name: name) else {
      throw PickleError(
        .refused, "the pickle names \(module).\(name), which is not among the few callables of a checkpoint")
    }
    return callable
  }

  /// ": <what>" for the class that OBJ, NEWOBJ or NEWOBJ_EX finds on the stack.
  private mutating func instanceHint(_ code: UInt8) throws(PickleError) -> String {
    let values: [PickleValue] = code == UInt8(ascii: "o") ? try popToMark() : [try pop(), try pop()].reversed()
    let callables = values.compactMap { if case .callable(let callable) = $0 { callable } else { nil } }
    return callables.first.map { ": \($0)" } ?? ""
  }

  /// BUILD: the metadata of an OrderedDict is ignored, a numpy type's state must say little-endian, all else is refused.
  private mutating func setState(_ state: PickleValue) throws(PickleError) {
    switch try top() {
    case .dictionary where document.dictionary(state) != nil: return
    case .numpyType(let type):
      if case .string(let order)? = document.items(state)?.dropFirst().first, ["<", "|", "="].contains(order) {
        return
      }
      throw PickleError(.refused, "a numpy type \(type.rawValue) that is not little-endian")
    default: throw PickleError(.refused, "BUILD sets the state of something that has none")
    }
  }

  /// The storage that a persistent id `("storage", class, key, location, count)` names.
  private func storage(_ id: PickleValue) throws(PickleError) -> TorchStorage {
    guard let items = document.items(id), items.count >= 5, items[0] == .string("storage"),
      case .callable(.storage(let scalar)) = items[1], case .string(let key) = items[2],
      case .int(let count) = items[4],
      count >= 0, !count.multipliedReportingOverflow(by: scalar.size).overflow
    else { throw PickleError(.damaged, "a persistent id that names no storage") }
    return TorchStorage(key: key, scalar: scalar, count: count)
  }
}
