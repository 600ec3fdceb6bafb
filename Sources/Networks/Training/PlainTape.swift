internal import Tensors

/// The plain twin of training: every operation of a network on Double tensors, remembered so that it can be gone through
/// backwards. One sample at a time, slow, and with nothing clever in it.
final class PlainTape {
  /// A value on the tape.
  struct Node { fileprivate let index: Int }

  private var values: [WideTensor] = []
  private var gradients: [WideTensor?] = []
  private var steps: [() -> Void] = []
  private let parameters: (String) -> WideTensor
  /// dL/d parameter, summed over its uses.
  private(set) var parameterGradients: [String: WideTensor] = [:]

  /// `parameters` by name, kernels with three spatial axes.
  init(parameters: @escaping (String) -> WideTensor) { self.parameters = parameters }

  func value(_ node: Node) -> WideTensor { values[node.index] }

  func input(_ value: WideTensor) -> Node { record(value) }

  /// Goes back through everything, given dL/d of some nodes.
  func backward(_ seeds: [(Node, WideTensor)]) {
    for (node, gradient) in seeds { add(gradient, to: node) }
    for step in steps.reversed() { step() }
  }

  private func record(_ value: WideTensor) -> Node {
    values.append(value)
    gradients.append(nil)
    return Node(index: values.count - 1)
  }

  private func add(_ gradient: WideTensor, to node: Node) {
    if gradients[node.index] == nil { gradients[node.index] = gradient } else { gradients[node.index]? += gradient }
  }

  private func add(_ gradient: WideTensor, to name: String) {
    if parameterGradients[name] == nil {
      parameterGradients[name] = gradient
    } else {
      parameterGradients[name]? += gradient
    }
  }

  // Nothing flows back into a node that nothing used.
  private func record(_ value: WideTensor, _ step: @escaping (PlainTape, WideTensor) -> Void) -> Node {
    let node = record(value)
    steps.append { [unowned self] in
      if let gradient = gradients[node.index] { step(self, gradient) }
    }
    return node
  }
}

extension PlainTape {
  /// `bias` nil: none.
  func convolution(_ src: Node, _ weight: String, bias: String?, stride: [Int]) -> Node {
    let (x, w) = (value(src), parameters(weight))
    let plain = PlainConvolution(kernel: Array(w.shape[2...]), stride: stride)
    return record(plain(x, weights: w, bias: bias.map { parameters($0).elements })) { tape, gradient in
      tape.add(plain.inputGradient(gradient, weights: w, extent: Array(x.shape[1...])), to: src)
      tape.add(plain.weightGradient(x, gradient), to: weight)
      if let bias { tape.addBias(gradient, to: bias) }
    }
  }

  func transposedConvolution(_ src: Node, _ weight: String, bias: String?) -> Node {
    let (x, w) = (value(src), parameters(weight))
    let plain = PlainConvolution.blocks(Array(w.shape[2...]))
    let extent = zip(x.shape[1...], plain.kernel).map { $0 * $1 }
    var dst = plain.inputGradient(x, weights: w, extent: extent)
    if let bias {
      let values = parameters(bias).elements
      let voxels = extent.reduce(1, *)
      for i in dst.elements.indices { dst.elements[i] += values[i / voxels] }
    }
    return record(dst) { tape, gradient in
      tape.add(plain(gradient, weights: w), to: src)
      tape.add(plain.weightGradient(gradient, x), to: weight)
      if let bias { tape.addBias(gradient, to: bias) }
    }
  }

  /// `weight` nil: not affine.
  func norm(_ src: Node, _ weight: String?, _ bias: String?, epsilon: Double, negativeSlope: Double) -> Node {
    let x = value(src)
    let plain = PlainNorm(epsilon: epsilon, negativeSlope: negativeSlope)
    let w = weight.map { parameters($0).elements } ?? Array(repeating: 1, count: x.shape[0])
    let b = bias.map { parameters($0).elements } ?? Array(repeating: 0, count: x.shape[0])
    return record(plain(x, weight: w, bias: b)) { tape, gradient in
      let result = plain.gradients(x, weight: w, bias: b, gradient)
      tape.add(result.src, to: src)
      if let weight { tape.add(WideTensor(shape: [w.count], elements: result.weight), to: weight) }
      if let bias { tape.add(WideTensor(shape: [b.count], elements: result.bias), to: bias) }
    }
  }

  func pool(_ src: Node, _ kind: PlainPool.Kind, stride: [Int]) -> Node {
    let x = value(src)
    let plain = PlainPool(kind, stride: stride)
    return record(plain(x)) { tape, gradient in tape.add(plain.gradient(x, gradient), to: src) }
  }

  func concatenation(_ a: Node, _ b: Node) -> Node {
    let (x, y) = (value(a), value(b))
    let dst = WideTensor(
      shape: [x.shape[0] + y.shape[0]] + x.shape[1...], elements: x.elements + y.elements)
    return record(dst) { tape, gradient in
      tape.add(WideTensor(shape: x.shape, elements: Array(gradient.elements[..<x.count])), to: a)
      tape.add(WideTensor(shape: y.shape, elements: Array(gradient.elements[x.count...])), to: b)
    }
  }

  /// LeakyReLU(a + b).
  func sum(_ a: Node, _ b: Node, negativeSlope: Double) -> Node {
    var dst = value(a)
    dst += value(b)
    let signs = dst.elements.map { $0 > 0 ? 1 : negativeSlope }
    for i in signs.indices { dst.elements[i] *= signs[i] }
    return record(dst) { tape, gradient in
      var t = gradient
      for i in signs.indices { t.elements[i] *= signs[i] }
      tape.add(t, to: a)
      tape.add(t, to: b)
    }
  }

  private func addBias(_ gradient: WideTensor, to name: String) {
    add(WideTensor(shape: [gradient.shape[0]], elements: PlainConvolution.biasGradient(gradient)), to: name)
  }
}
