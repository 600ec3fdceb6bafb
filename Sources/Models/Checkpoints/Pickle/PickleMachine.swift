/// Runs a pickle (protocols 2 to 5; PEP 307, 3154, 574) as far as plain data and tensor views go.
///
/// It is not Python's machine: it has no way to look up a name, make an instance or call anything except the handful of
/// ``PickleCallable``, which it carries out itself. Budgets bound instructions, stack, memo and nesting; memory is linear
/// in the length of the pickle.
struct PickleMachine {
  var bytes: PickleBytes
  var document = PickleDocument()
  let limits: CheckpointLimits
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// Elements that calls made out of values which the pickle holds once.
  private var made = 0

  private init(_ bytes: [UInt8], limits: CheckpointLimits) {
    self.bytes = PickleBytes(bytes)
    self.limits = limits
  }

  /// What the pickle in `bytes` describes. Bytes behind its STOP are not looked at.
  static func run(_ bytes: [UInt8], limits: CheckpointLimits) throws(PickleError) -> PickleDocument {
    var machine = PickleMachine(bytes, limits: limits)
    var start = 0
    do throws(PickleError) {
      for _ in 0..<limits.instructions {
        start = machine.bytes.position
        if try machine.step() { return machine.document }
      }
      throw PickleError(.overBudget, "more than \(limits.instructions) pickle instructions")
    } catch {
      var error = error
      error.position = start
      throw error
    }
  }

  /// Counts elements that a call makes; the same value can be handed to any number of calls.
  mutating func count(_ elements: Int) throws(PickleError) {
    made += elements
    guard made <= limits.stackDepth else {
      throw PickleError(.overBudget, "calls in the pickle make more than \(limits.stackDepth) elements")
    }
  }

  // MARK: Stack, marks and memo

  mutating func push(_ value: PickleValue) throws(PickleError) {
    guard stack.count < limits.stackDepth else {
      throw PickleError(.overBudget, "more than \(limits.stackDepth) values on the pickle's stack")
    }
    stack.append(value)
  }

  /// Takes the topmost value, which must lie above the last mark.
  mutating func pop() throws(PickleError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw PickleError(.damaged, "an instruction finds too few values on the pickle's stack")
    }
    return value
  }

  /// The topmost value, left where it is.
  func top() throws(PickleError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw PickleError(.damaged, "an instruction finds too few values on the pickle's stack")
    }
    return value
  }

  mutating func mark() throws(PickleError) {
    guard marks.count < limits.nesting else {
      throw PickleError(.overBudget, "containers of the pickle nest deeper than \(limits.nesting)")
    }
    marks.append(stack.count)
  }

  /// Takes the last mark and everything above it.
  mutating func popToMark() throws(PickleError) -> [PickleValue] {
    guard let mark = marks.popLast() else {
      throw PickleError(.damaged, "an instruction finds no mark on the pickle's stack")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  mutating func remember(_ index: Int? = nil) throws(PickleError) {
    guard memo.count < limits.stackDepth else {
      throw PickleError(.overBudget, "more than \(limits.stackDepth) values in the pickle's memo")
    }
    memo[index ?? memo.count] = try top()
  }

  mutating func recall(_ index: Int) throws(PickleError) {
    guard let value = memo[index] else { throw PickleError(.damaged, "memo \(index) is read before it is written") }
    try push(value)
  }

  // MARK: Containers

  mutating func newList(_ items: [PickleValue] = []) throws(PickleError) {
    document.lists.append(items)
    try push(.list(document.lists.count - 1))
  }

  mutating func newTuple(_ items: [PickleValue]) throws(PickleError) {
    document.tuples.append(items)
    try push(.tuple(document.tuples.count - 1))
  }

  /// Takes `count` values and pushes the tuple of them.
  mutating func tuple(_ count: Int) throws(PickleError) {
    var items: [PickleValue] = []
    for _ in 0..<count { items.append(try pop()) }
    try newTuple(items.reversed())
  }

  mutating func newDictionary(_ items: [PickleValue] = []) throws(PickleError) {
    document.dictionaries.append(PickleDictionary())
    try push(.dictionary(document.dictionaries.count - 1))
    try setItems(items)
  }

  /// Appends to the list on top of the stack.
  mutating func append(_ items: [PickleValue]) throws(PickleError) {
    guard case .list(let index) = try top() else { throw PickleError(.refused, "APPEND to something that is no list") }
    document.lists[index].append(contentsOf: items)
  }

  /// Sets alternating keys and values in the dictionary on top of the stack.
  mutating func setItems(_ items: [PickleValue]) throws(PickleError) {
    guard case .dictionary(let index) = try top() else {
      throw PickleError(.refused, "SETITEM on something that is no dict")
    }
    guard items.count.isMultiple(of: 2) else { throw PickleError(.damaged, "a dict gets a key without a value") }
    for pair in stride(from: 0, to: items.count, by: 2) {
      switch items[pair] {
      case .list, .dictionary: throw PickleError(.damaged, "a list or a dict as the key of a dict")
      default: document.dictionaries[index].set(items[pair], items[pair + 1])
      }
    }
  }
}
