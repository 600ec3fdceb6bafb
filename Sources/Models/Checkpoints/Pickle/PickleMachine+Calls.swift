extension PickleMachine {
  /// What Python would have got from calling `callable`; carried out here, for these few only.
  mutating func call(_ callable: PickleCallable, _ arguments: [PickleValue]) throws(PickleError) -> PickleValue {
    let result: PickleValue? =
      switch callable {
      case .orderedDict: try orderedDict(arguments)
      case .rebuildTensor: try tensor(arguments)
      case .rebuildParameter: Self.parameter(arguments)
      case .device: Self.device(arguments)
      case .numpyScalar: Self.scalar(arguments)
      case .numpyType: Self.numpyType(arguments)
      case .encode: try encode(arguments)
      case .storage: nil
      }
    guard let result else { throw PickleError(.refused, "\(callable) is called with arguments it does not take here") }
    return result
  }

  private mutating func orderedDict(_ arguments: [PickleValue]) throws(PickleError) -> PickleValue? {
    guard arguments.count <= 1 else { return nil }
    var dictionary = PickleDictionary()
    for pair in document.items(arguments.first) ?? [] {
      try count(1)
      guard let items = document.items(pair), items.count == 2 else { return nil }
      if case .list = items[0] { return nil }
      if case .dictionary = items[0] { return nil }
      dictionary.set(items[0], items[1])
    }
    document.dictionaries.append(dictionary)
    return .dictionary(document.dictionaries.count - 1)
  }

  /// `(storage, offset, shape, stride, requires_grad, hooks[, metadata])`.
  private func tensor(_ arguments: [PickleValue]) throws(PickleError) -> PickleValue? {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
      let shape = integers(arguments[2]), let stride = integers(arguments[3])
    else { return nil }
    guard shape.count <= limits.axes else {
      throw PickleError(.overBudget, "a tensor with \(shape.count) axes; \(limits.axes) are the most")
    }
    guard let tensor = TorchTensor(storage: storage, offset: offset, shape: shape, stride: stride) else {
      throw PickleError(
        .damaged,
        "a tensor of shape \(shape) with stride \(stride) from element \(offset) does not fit storage \(storage.key) of \(storage.count) elements"
      )
    }
    return .tensor(tensor)
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard let items = document.items(value) else { return nil }
    let numbers = items.compactMap { if case .int(let number) = $0 { number } else { nil } }
    return numbers.count == items.count ? numbers : nil
  }

  private static func parameter(_ arguments: [PickleValue]) -> PickleValue? {
    if case .tensor? = arguments.first { arguments.first } else { nil }
  }

  private static func device(_ arguments: [PickleValue]) -> PickleValue? {
    if case .string(let name)? = arguments.first { .device(name) } else { nil }
  }

  private static func scalar(_ arguments: [PickleValue]) -> PickleValue? {
    guard arguments.count == 2, case .numpyType(let type) = arguments[0], case .bytes(let bytes) = arguments[1] else {
      return nil
    }
    return type.value(bytes)
  }

  private static func numpyType(_ arguments: [PickleValue]) -> PickleValue? {
    guard case .string(let name)? = arguments.first else { return nil }
    return NumpyType(rawValue: name).map { .numpyType($0) }
  }

  /// Bytes from text with one character per byte.
  private mutating func encode(_ arguments: [PickleValue]) throws(PickleError) -> PickleValue? {
    guard arguments.count == 2, case .string(let text) = arguments[0], arguments[1] == .string("latin1") else {
      return nil
    }
    try count(text.unicodeScalars.count)
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { throw PickleError(.damaged, "latin-1 text with \(scalar)") }
      bytes.append(byte)
    }
    return .bytes(bytes)
  }
}
