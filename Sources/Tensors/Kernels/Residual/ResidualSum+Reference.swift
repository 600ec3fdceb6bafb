extension ResidualSum {
  /// The plain twin, on tensors of one shape.
  public static func reference(_ a: Tensor, _ b: Tensor, negativeSlope: Float) -> Tensor {
    Tensor(
      shape: a.shape,
      elements: zip(a.elements, b.elements).map { x, y in
        let t = Double(x) + Double(y)
        return Float(t > 0 ? t : t * Double(negativeSlope))
      })
  }
}
