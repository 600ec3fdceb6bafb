import Foundation
public import Preprocessing

extension JSONValue {
  /// The first place where this differs from `other`; files by their names alone, NaN equal to NaN, other numbers within `rounding` of the
  /// larger of 1 and what is expected.
  public func difference(from other: JSONValue, rounding: Double, at path: String = "") -> String? {
    switch (self, other) {
    case (.object(let a), .object(let b)):
      guard a.map({ $0.key }) == b.map({ $0.key }) else { return "\(path): \(a.map { $0.key }), \(b.map { $0.key })" }
      return zip(a, b).lazy.compactMap {
        $0.value.difference(from: $1.value, rounding: rounding, at: "\(path).\($0.key)")
      }.first
    case (.array(let a), .array(let b)):
      guard a.count == b.count else { return "\(path): \(a.count), \(b.count)" }
      return zip(a, b).lazy.compactMap { $0.difference(from: $1, rounding: rounding, at: path) }.first
    case (.real(let a), .real(let b)) where a.isNaN && b.isNaN || abs(a - b) <= rounding * max(1, abs(b)): return nil
    case (.string(let a), .string(let b)) where URL(filePath: a).lastPathComponent == URL(filePath: b).lastPathComponent:
      return nil
    default: return self == other ? nil : "\(path): \(self), \(other)"
    }
  }
}
