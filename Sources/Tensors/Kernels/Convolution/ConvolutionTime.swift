/// How long one convolution of a forward pass took.
package struct ConvolutionTime: Sendable {
  /// What was convolved.
  package let shape: ConvolutionShape
  /// `[D, H, W]` of src.
  package let extent: [Int]
  /// What ran.
  package let algorithm: ConvolutionAlgorithm
  /// With what its result is waiting for: reading, normalising and activating the layer before.
  package let seconds: Double
}

extension Workspace {
  /// Runs `body`, and notes how long it took where times are asked for.
  func timing<Result>(
    _ shape: ConvolutionShape, _ extent: [Int], _ algorithm: ConvolutionAlgorithm, _ body: () -> Result
  ) -> Result {
    guard convolutionTimes != nil else { return body() }
    let start = ContinuousClock.now
    let result = body()
    convolutionTimes?.append(
      ConvolutionTime(
        shape: shape, extent: extent, algorithm: algorithm, seconds: (ContinuousClock.now - start) / .seconds(1)))
    return result
  }
}
