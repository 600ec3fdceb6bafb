/// A value that the pickle machine can build: plain data and views of tensor storages, nothing that runs.
///
/// Containers are indices into the ``PickleDocument`` that owns them, so that shared and self-containing containers cost
/// no recursion and no reference cycles.
package enum PickleValue: Hashable, Sendable {
  /// Python's `None`.
  case none
  /// `True` or `False`, also from a numpy scalar.
  case bool(Bool)
  /// A whole number; those beyond 64 bits are refused.
  case int(Int)
  /// A float, also from a numpy scalar.
  case double(Double)
  /// Text.
  case string(String)
  /// Bytes.
  case bytes([UInt8])
  /// Index into ``PickleDocument/lists``.
  case list(Int)
  /// Index into ``PickleDocument/tuples``.
  case tuple(Int)
  /// Index into ``PickleDocument/dictionaries``.
  case dictionary(Int)
  /// One of the callables that the machine knows.
  case callable(PickleCallable)
  /// A numpy element type.
  case numpyType(NumpyType)
  /// The name of a `torch.device`; nothing depends on it.
  case device(String)
  /// A storage named by a persistent id; its bytes are not read.
  case storage(TorchStorage)
  /// A view of a storage; its bytes are not read.
  case tensor(TorchTensor)
}

/// A Python dict: keys in the order of their first insertion.
package struct PickleDictionary: Sendable {
  /// The keys.
  package private(set) var keys: [PickleValue] = []
  private var values: [PickleValue: PickleValue] = [:]

  /// The value of `key`.
  package subscript(key: PickleValue) -> PickleValue? { values[key] }

  /// The value of a text key.
  package subscript(key: String) -> PickleValue? { values[.string(key)] }

  mutating func set(_ key: PickleValue, _ value: PickleValue) {
    if values.updateValue(value, forKey: key) == nil { keys.append(key) }
  }
}

/// What a pickle describes.
package struct PickleDocument: Sendable {
  /// The items of every list.
  package internal(set) var lists: [[PickleValue]] = []
  /// The items of every tuple.
  package internal(set) var tuples: [[PickleValue]] = []
  /// Every dictionary.
  package internal(set) var dictionaries: [PickleDictionary] = []
  /// The value that the pickle leaves.
  package internal(set) var root = PickleValue.none

  /// The dictionary that `value` is, else nil.
  package func dictionary(_ value: PickleValue?) -> PickleDictionary? {
    if case .dictionary(let index) = value { dictionaries[index] } else { nil }
  }

  /// The items of the list or tuple that `value` is, else nil.
  package func items(_ value: PickleValue?) -> [PickleValue]? {
    switch value {
    case .list(let index): lists[index]
    case .tuple(let index): tuples[index]
    default: nil
    }
  }
}
