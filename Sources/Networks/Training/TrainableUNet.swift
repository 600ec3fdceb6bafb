public import Tensors

/// A U-Net whose weights change: forward, backward, and the flat buffers an optimiser works on. Not Sendable: one
/// task at a time uses it.
public final class TrainableUNet {
  /// What it is.
  public let architecture: UNetArchitecture
  /// Channels of src.
  public let inputChannels: Int
  /// Classes or regions, K.
  public let outputChannels: Int
  /// Whether every decoder stage's segmentation layer gives logits, or the last alone.
  public let deepSupervision: Bool
  /// In the order of the state dict, one after the other from 0.
  public let parameters: [ParameterSlice]
  /// Every parameter; change them in place between steps.
  public var values: [Float]
  /// dL/d parameter of the last backward pass.
  public private(set) var gradients: [Float]
  private var batch: [Tensor] = []

  /// `weights` by the names of nnU-Net's state dict; `threads` nil is all cores. Throws as `UNet` does.
  public init(
    architecture: UNetArchitecture, inputChannels: Int, outputChannels: Int, weights: [String: Tensor],
    deepSupervision: Bool, threads: Int? = nil
  ) throws(NetworkError) {
    self.architecture = try architecture.checked()
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.deepSupervision = deepSupervision
    let checked = try Weights(
      weights, architecture: architecture, inputChannels: inputChannels, outputChannels: outputChannels)
    parameters = architecture.slices(
      inputChannels: inputChannels, outputChannels: outputChannels, deepSupervision: deepSupervision)
    values = parameters.flatMap { checked.vector($0.name) ?? [] }
    gradients = [Float](repeating: 0, count: values.count)
  }

  /// Logits per sample: one level, or one for every decoder stage.
  public var levels: Int { deepSupervision ? architecture.stages - 1 : 1 }

  /// Logits `[K, d, h, w]` per level (full resolution first) and sample of src, each `[C, D, H, W]` of one shape. Keeps what
  /// `backward` needs.
  public func forward(_ src: [Tensor]) throws(NetworkError) -> [[Tensor]] {
    batch = src
    let plain = plain
    let all = src.map { plain.forward(WideTensor($0)) }
    return (0..<levels).map { level in all.map { $0[level].narrowed } }
  }

  /// Fills `gradients`, summed over the samples, for dL/d logits of the last forward pass, per level and sample. A level may
  /// be empty where the loss does not depend on it.
  public func backward(_ dlogits: [[Tensor]]) {
    let plain = plain
    var sums = [Double](repeating: 0, count: values.count)
    for (i, src) in batch.enumerated() {
      let seeds = zip(plain.forward(WideTensor(src)), dlogits).map { logits, level in
        level.isEmpty ? WideTensor(shape: logits.shape) : WideTensor(level[i])
      }
      let found = plain.gradients(WideTensor(src), seeds)
      for slice in parameters {
        guard let gradient = found[slice.name] else { continue }
        for (at, value) in zip(slice.range, gradient.elements) { sums[at] += value }
      }
    }
    gradients = sums.map { Float($0) }
  }

  /// Full-resolution logits `[K, D, H, W]` of one src, keeping nothing for a backward pass.
  public func logits(_ src: Tensor) throws(NetworkError) -> Tensor { plain.forward(WideTensor(src))[0].narrowed }

  /// The parameters by name, in the checkpoint's shapes.
  public func weights() -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    for slice in parameters {
      weights[slice.name] = Tensor(shape: slice.shape, elements: Array(values[slice.range]))
    }
    return weights
  }

  private var plain: PlainUNet {
    PlainUNet(
      architecture: architecture, weights: weights().mapValues { WideTensor($0) }, deepSupervision: deepSupervision)
  }
}
