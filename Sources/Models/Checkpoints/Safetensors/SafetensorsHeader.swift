import Foundation

/// The JSON header of a safetensors file: tensors by name, and text metadata.
struct SafetensorsHeader: Sendable {
  /// What the header says of one tensor.
  struct Entry: Sendable, Hashable, Codable {
    /// "F32", "F16" or "BF16".
    let dtype: String
    /// Length of each axis.
    let shape: [Int]
    /// First byte and the byte behind the last, counted from the end of the header.
    let range: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype
      case shape
      case range = "data_offsets"
    }
  }

  /// The tensors by name.
  var tensors: [String: Entry]
  /// `__metadata__`.
  var metadata: [String: String]
}

extension SafetensorsHeader: Codable {
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    static let metadata = Name(stringValue: "__metadata__")
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
    tensors = [:]
    for name in container.allKeys where name.stringValue != Name.metadata.stringValue {
      tensors[name.stringValue] = try container.decode(Entry.self, forKey: name)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    try container.encode(metadata, forKey: .metadata)
    for (name, entry) in tensors { try container.encode(entry, forKey: Name(stringValue: name)) }
  }
}
