/// Where a parameter lies in the flat buffers of a `TrainableUNet`.
public struct ParameterSlice: Sendable, Equatable {
  /// As in nnU-Net's state dict.
  public let name: String
  /// In the checkpoint's dimensions.
  public let shape: [Int]
  /// In `values` and `gradients`.
  public let range: Range<Int>
  /// False for the lower segmentation layers of a network without deep supervision: no output depends on them, their gradient is
  /// 0, and an optimiser leaves them alone as PyTorch's do.
  public let isTrained: Bool
}

extension UNetArchitecture {
  /// The parameters one after the other in the order of the state dict.
  func slices(inputChannels: Int, outputChannels: Int, deepSupervision: Bool) -> [ParameterSlice] {
    var next = 0
    return parameters(inputChannels: inputChannels, outputChannels: outputChannels).map { parameter in
      let range = next..<next + parameter.shape.reduce(1, *)
      next = range.upperBound
      let isLower =
        parameter.name.hasPrefix("decoder.seg_layers.")
        && !parameter.name.hasPrefix("decoder.seg_layers.\(stages - 2).")
      return ParameterSlice(
        name: parameter.name, shape: parameter.shape, range: range, isTrained: deepSupervision || !isLower)
    }
  }
}
