extension Predictor {
  /// Bytes that counting what each network says takes beside a prediction of a src of `[D, H, W]`.
  public func tallyBytes(shape: [Int]) -> Int {
    networks[0].outputChannels * window.extent.reduce(1, *) * MemoryLayout<Float>.size + shape.reduce(1, *)
  }

  /// Operations of a whole prediction of a src of `[D, H, W]`, to weigh one model against another before either has run.
  public func work(onShape shape: [Int]) -> Double {
    let (_, padded) = window.padded(shape)
    let passes = Double(window.origins(padded).count * window.mirrorings.count)
    return networks.reduce(0) { $0 + passes * Double($1.operations(extent: window.extent)) }
  }
}
