extension Predictor {
  /// Operations of a whole prediction of a src of `[D, H, W]`, to weigh one model against another before either has run.
  public func work(onShape shape: [Int]) -> Double {
    let (_, padded) = window.padded(shape)
    let passes = Double(window.origins(padded).count * window.mirrorings.count)
    return networks.reduce(0) { $0 + passes * Double($1.operations(extent: window.extent)) }
  }
}
