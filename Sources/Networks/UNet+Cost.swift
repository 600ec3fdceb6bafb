internal import Tensors

/// One convolution of a network for a window: what runs it, and how much there is to do.
public struct LayerCost: Sendable {
  /// "32 -> 64, kernel [3, 3, 3], stride [2, 2, 2], [128, 128, 128]".
  public let layer: String
  /// "rows" or "F(4, 4, 4)"; see `ConvolutionAlgorithm.choose`.
  public let algorithm: String
  /// Operations of the direct algorithm.
  public let operations: Int

  init(_ shape: ConvolutionShape, _ extent: [Int], _ algorithm: ConvolutionAlgorithm) {
    layer =
      "\(shape.sourceLayout.channels) -> \(shape.outputChannels), kernel \(shape.kernel), stride \(shape.stride), \(extent)"
    self.algorithm = "\(algorithm)"
    operations = shape.operations(extent)
  }
}

extension UNet {
  /// Every convolution for a window of `extent` `[D, H, W]`, in the order they run.
  public func layerCosts(extent: [Int]) -> [LayerCost] {
    layers(extent).map { convolution, extent in
      LayerCost(convolution.shape, extent, .choose(convolution.shape, extent: extent))
    }
  }

  /// Operations of a forward pass by the direct algorithms, for a window of `extent` `[D, H, W]`.
  public func operations(extent: [Int]) -> Int {
    let up = zip(decoder, stageExtents(extent).dropLast().reversed()).reduce(0) {
      $0 + $1.0.upsamplingOperations($1.1)
    }
    return layers(extent).reduce(up + head.operations(extent)) { $0 + $1.0.shape.operations($1.extent) }
  }

  /// How long a forward pass takes, in operations that take as long: those of the direct algorithms, for each element of a map what
  /// normalising, activating and moving it costs, and for each layer what it costs the threads to wait for one another.
  ///
  /// The prices are fitted to six networks (2D and 3D, 16 to 512 features, patches of 2240 voxels to 128^3) on a Xeon with AVX-512 and two cores,
  /// where one thread is bound by arithmetic and two by memory: with them work foretells the ratio of any two networks' times within 30
  /// percent, where operations alone are off by a factor of up to 3.
  public func work(extent: [Int], threads: Int) -> Double {
    let up = zip(decoder, stageExtents(extent).dropLast().reversed()).reduce(0) { sum, stage in
      sum + stage.0.layout.channels * stage.1.reduce(1, *)
    }
    let elements = layers(extent).reduce(up + outputChannels * extent.reduce(1, *)) { sum, layer in
      sum + layer.0.shape.outputChannels * layer.0.shape.outputExtent(layer.extent).reduce(1, *)
    }
    guard threads > 1 else { return Double(operations(extent: extent)) + 900 * Double(elements) }
    // 20 µs a layer, at 1.1 operations a ps.
    let waits = 22e6 * Double(layers(extent).count + decoder.count + 1)
    return Double(operations(extent: extent)) + 3000 * Double(elements) + waits
  }

  /// Bytes of weights, those transformed for windows of `extent` `[D, H, W]` and kept included.
  public func weightBytes(extent: [Int]) -> Int {
    let up = decoder.reduce(0) { $0 + $1.upsamplingBytes }
    return layers(extent).reduce(up) { $0 + $1.0.bytes(extent: $1.extent) }
  }

  /// Most bytes of activations and working memory a forward pass over `extent` `[D, H, W]` holds, on `threads` threads: what the
  /// decoder waits for at each resolution, the maps in between, and the largest transforms.
  package func activationBytes(
    _ extent: [Int], threads: Int, largeMap: Int = Workspace.largeMap
  ) -> Int {
    let isResidual = architecture.kind == .residualEncoderUNet
    var (skips, small, large) = (0, 0, 0)
    for (size, features) in zip(stageExtents(extent), architecture.featuresPerStage) {
      let bytes = StageBytes(size, ChannelLayout(groups: [features]), largeMap: largeMap)
      skips += bytes.skip
      // In place a residual block needs a second map beside its source, and a third where its skip is projected.
      let more = isResidual ? 2 : 0
      if bytes.isLarge { large = max(large, bytes.slices + more * bytes.map) } else { small += 3 * bytes.map }
    }
    let input = extent.reduce(inputChannels, *) * MemoryLayout<Float>.stride
    let working = layers(extent).map { $0.0.workingBytes(extent: $0.extent, largeMap: largeMap) }
    let shared = working.map { $0.shared }.max() ?? 0
    // Large maps exchange memory with what lies idle, transforms included, but for what is kept all the same.
    let kept = large > 0 ? Workspace.keptBytes + shared : 0
    return input + max(skips + max(small + shared, large), kept) + threads * (working.map { $0.perThread }.max() ?? 0)
  }

  private func stageExtents(_ extent: [Int]) -> [[Int]] {
    (0..<architecture.stages).map { architecture.extent(extent, atStage: $0) }
  }

  private func layers(_ extent: [Int]) -> [(Convolution, extent: [Int])] {
    let extents = stageExtents(extent)
    return zip(encoder, extents).flatMap { $0.layers($1) }
      + zip(decoder, extents.dropLast().reversed()).flatMap { $0.layers($1) }
  }
}
