internal import Foundation

/// What a stage has to say for the audit, as JSON values.
public indirect enum Fact: Sendable, Hashable, Codable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral
{
  /// A text.
  case text(String)
  /// A whole number.
  case integer(Int)
  /// A number; encoded as null when it is not finite, because JSON has no word for that.
  case number(Double)
  /// True or false.
  case flag(Bool)
  /// Several facts in order.
  case list([Fact])
  /// Named facts.
  case object([String: Fact])
  /// Nothing to say.
  case null

  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// True or false.
  public init(booleanLiteral value: Bool) { self = .flag(value) }

  /// A list of texts.
  static func texts(_ values: some Sequence<String>) -> Fact { .list(values.map { .text($0) }) }
  /// A list of whole numbers.
  static func integers(_ values: some Sequence<Int>) -> Fact { .list(values.map { .integer($0) }) }
  /// A list of numbers.
  static func numbers(_ values: some Sequence<Double>) -> Fact { .list(values.map { .number($0) }) }

  /// Reads a plain JSON value; whole numbers are integers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let values = try? container.decode([Fact].self) {
      self = .list(values)
    } else {
      self = .object(try container.decode([String: Fact].self))
    }
  }

  /// Any value, as its JSON; null where it has none.
  init(encoding value: some Encodable) {
    let fact = try? JSONDecoder().decode(Fact.self, from: JSONEncoder().encode(value))
    self = fact ?? .null
  }

  /// Reads a value back that was put in by `init(encoding:)`.
  func decoded<Value: Decodable>(as type: Value.Type) -> Value? {
    try? JSONDecoder().decode(type, from: JSONEncoder().encode(self))
  }

  /// Writes the plain JSON value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    case .flag(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    case .null: try container.encodeNil()
    }
  }
}

/// The named facts of one stage.
public typealias Facts = [String: Fact]
