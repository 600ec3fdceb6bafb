import Tensors

extension Predictor {
  /// Bytes that counting what each network says takes beside a prediction of a src of `[D, H, W]`.
  public func tallyBytes(shape: [Int]) -> Int {
    networks[0].outputChannels * window.extent.reduce(1, *) * MemoryLayout<Float>.size + shape.reduce(1, *)
  }

  /// What a whole prediction of a src of `[D, H, W]` takes, in operations, to weigh one model against another before either has run. See
  /// ``UNet/work(extent:threads:)``.
  public func work(onShape shape: [Int]) -> Double {
    let passes = Double(window.passes(over: shape))
    return networks.reduce(0) { $0 + passes * $1.work(extent: window.extent, threads: pool.threads) }
  }
}
