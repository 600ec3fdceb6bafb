import Preprocessing

extension PickleDocument {
  /// Values and depth beyond which ``json(_:)`` gives up: shared containers unfold into trees, and a few bytes of pickle can
  /// describe a tree that fills the machine. nnU-Net's plans have a few thousand values, ten deep.
  private static let budget = (values: 1 << 20, depth: 64)

  /// `value` as JSON: tuples become arrays, whole-number keys text. Nil when it holds anything else or is too large.
  func json(_ value: PickleValue) -> JSONValue? {
    var left = Self.budget.values
    return json(value, depth: Self.budget.depth, &left)
  }

  private func json(_ value: PickleValue, depth: Int, _ left: inout Int) -> JSONValue? {
    left -= 1
    guard left > 0, depth > 0 else { return nil }
    switch value {
    case .none: return .null
    case .bool(let truth): return .bool(truth)
    case .int(let number): return .integer(number)
    case .double(let number): return .real(number)
    case .string(let text): return .string(text)
    case .list(let index): return array(lists[index], depth, &left)
    case .tuple(let index): return array(tuples[index], depth, &left)
    case .dictionary(let index): return object(dictionaries[index], depth, &left)
    case .bytes, .callable, .numpyType, .device, .storage, .tensor: return nil
    }
  }

  private func array(_ items: [PickleValue], _ depth: Int, _ left: inout Int) -> JSONValue? {
    var elements: [JSONValue] = []
    for item in items {
      guard let element = json(item, depth: depth - 1, &left) else { return nil }
      elements.append(element)
    }
    return .array(elements)
  }

  private func object(_ dictionary: PickleDictionary, _ depth: Int, _ left: inout Int) -> JSONValue? {
    var members: [JSONValue.Member] = []
    for key in dictionary.keys {
      guard let name = key.text ?? key.integer.map({ String($0) }), let item = dictionary[key],
        let member = json(item, depth: depth - 1, &left)
      else { return nil }
      members.append(JSONValue.Member(name, member))
    }
    return .object(members)
  }
}
