/// A JSON value that keeps the order of an object's keys and knows an integer from a real number.
///
/// nnU-Net gives meaning to the order in which `dataset.json` declares its regions, and its files hold Python's `NaN` and
/// `Infinity`; Foundation's decoder keeps neither order nor the difference between `1` and `1.0`.
public enum JSONValue: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number written without a point or an exponent that fits 64 bits.
  case integer(Int)
  /// Any other number; `NaN`, `Infinity` and `-Infinity` included.
  case real(Double)
  /// A text.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object, in the file's order.
  case object([Member])

  /// One key of an object with its value.
  public struct Member: Sendable, Equatable {
    /// The key.
    public let key: String
    /// The value.
    public let value: JSONValue

    /// A key with its value.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }
}

extension JSONValue {
  /// The value of `key`; nil when this is no object or has no such key.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The members of an object in the file's order; nil for anything else.
  public var members: [Member]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  /// The elements of an array; nil for anything else.
  public var elements: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The text; nil for anything else.
  public var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// `true` or `false`; nil for anything else.
  public var truth: Bool? {
    guard case .bool(let truth) = self else { return nil }
    return truth
  }

  /// The whole number; a real number without a fraction counts (Python writes `56.0`). Nil for anything else.
  public var wholeNumber: Int? {
    switch self {
    case .integer(let value): value
    case .real(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number; nil for anything else.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }

  /// The array's whole numbers; nil when it is no array or has another element.
  public var wholeNumbers: [Int]? {
    guard let elements else { return nil }
    let values = elements.compactMap { $0.wholeNumber }
    return values.count == elements.count ? values : nil
  }

  /// The array's numbers; nil when it is no array or has another element.
  public var numbers: [Double]? {
    guard let elements else { return nil }
    let values = elements.compactMap { $0.number }
    return values.count == elements.count ? values : nil
  }

  /// What kind of value this is, for error messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "a whole number"
    case .real: "a number"
    case .string: "a text"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
