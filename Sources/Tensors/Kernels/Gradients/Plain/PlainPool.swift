/// The plain twins of pooling over windows whose size is their step, and of their gradients, in Double.
public struct PlainPool: Sendable {
  /// What a window gives.
  public enum Kind: Sendable {
    /// Its largest element; the first of equals, as in PyTorch.
    case max
    /// The mean.
    case average
  }

  /// Maximum or mean.
  public let kind: Kind
  /// Window and step, `[D, H, W]`.
  public let stride: [Int]

  /// `stride` has three entries.
  public init(_ kind: Kind, stride: [Int]) {
    self.kind = kind
    self.stride = stride
  }

  /// src `[C, D, H, W]`; dst is rounded down to whole windows.
  public func callAsFunction(_ src: WideTensor) -> WideTensor {
    var dst = WideTensor(shape: [src.shape[0]] + zip(src.shape[1...], stride).map { $0 / $1 })
    forEachWindow(src.shape, dst.shape) { to, window in
      switch kind {
      case .max: dst.elements[to] = src.elements[largest(src, window)]
      case .average:
        dst.elements[to] = window.reduce(0) { $0 + src.elements[$1] } / Double(window.count)
      }
    }
    return dst
  }

  /// What dL/d dst (`gradient`) makes of dL/d src.
  public func gradient(_ src: WideTensor, _ gradient: WideTensor) -> WideTensor {
    var result = WideTensor(shape: src.shape)
    forEachWindow(src.shape, gradient.shape) { to, window in
      switch kind {
      case .max: result.elements[largest(src, window)] += gradient.elements[to]
      case .average:
        for i in window { result.elements[i] += gradient.elements[to] / Double(window.count) }
      }
    }
    return result
  }

  private func largest(_ src: WideTensor, _ window: [Int]) -> Int {
    window.reduce(window[0]) { src.elements[$1] > src.elements[$0] ? $1 : $0 }
  }

  private func forEachWindow(_ src: [Int], _ dst: [Int], _ body: (Int, [Int]) -> Void) {
    for to in 0..<dst.reduce(1, *) {
      let (z, y, x) = (to / dst[3] / dst[2] % dst[1], to / dst[3] % dst[2], to % dst[3])
      let c = to / dst[3] / dst[2] / dst[1]
      var window: [Int] = []
      for a in 0..<stride[0] {
        for b in 0..<stride[1] {
          let line = (c * src[1] + z * stride[0] + a) * src[2] + y * stride[1] + b
          for d in 0..<stride[2] { window.append(line * src[3] + x * stride[2] + d) }
        }
      }
      body(to, window)
    }
  }
}
