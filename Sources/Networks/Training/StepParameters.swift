internal import Tensors

/// The parameters as they are during one step, by name.
struct StepParameters {
  private let values: [Float]
  private let slices: [String: ParameterSlice]

  init(_ values: [Float], _ slices: [String: ParameterSlice]) {
    self.values = values
    self.slices = slices
  }

  /// With its three spatial axes. The table was checked when the network was made.
  func kernel(_ name: String) -> Tensor {
    guard let slice = slices[name] else { preconditionFailure("\(name) is a parameter of the network") }
    let shape = slice.shape.count == 4 ? Array(slice.shape[..<2]) + [1] + Array(slice.shape[2...]) : slice.shape
    return Tensor(shape: shape, elements: Array(values[slice.range]))
  }

  /// A vector, or nil where the architecture has none.
  func vector(_ name: String) -> [Float]? { slices[name].map { Array(values[$0.range]) } }
}

/// Where a backward pass leaves its results: zero until then.
struct StepGradients {
  private(set) var values: [Float]
  /// What has been written since the last `clear`.
  private(set) var written: Set<String> = []
  private let slices: [String: ParameterSlice]

  init(_ slices: [String: ParameterSlice]) {
    self.slices = slices
    values = [Float](repeating: 0, count: slices.values.reduce(0) { $0 + $1.range.count })
  }

  mutating func clear() {
    for i in values.indices { values[i] = 0 }
    written = []
  }

  /// Lets `body` write the gradient of a parameter.
  mutating func write(_ name: String, _ body: (inout ArraySlice<Float>) -> Void) {
    guard let range = slices[name]?.range else { preconditionFailure("\(name) is a parameter of the network") }
    body(&values[range])
    written.insert(name)
  }

  /// Where the architecture has that vector.
  mutating func write(_ name: String, _ gradient: [Double]) {
    guard let range = slices[name]?.range else { return }
    for (i, value) in zip(range, gradient) { values[i] = Float(value) }
    written.insert(name)
  }

  /// A gradient that is 0, of a parameter that takes part.
  mutating func writeZero(_ name: String) {
    if slices[name] != nil { written.insert(name) }
  }
}
