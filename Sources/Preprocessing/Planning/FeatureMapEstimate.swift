/// Elements of all feature maps of a U-Net for one patch: nnU-Net's stand-in for GPU memory.
///
/// Source: dynamic_network_architectures 0.4.4, `compute_conv_feature_map_size` of the encoders and the decoder.
struct FeatureMapEstimate {
  let preset: PlannerPreset
  let features: [Int]
  let strides: [[Int]]
  /// Channels of the last layer: the number of entries under `labels`.
  let outputs: Int

  func elements(patch: [Int]) -> Double {
    var size = patch
    let voxels = strides.map { stride -> Int in
      size = zip(size, stride).map { $0 / $1 }
      return size.reduce(1, *)
    }
    return Double(encoder(voxels, input: patch.reduce(1, *)) + decoder(voxels))
  }

  private func encoder(_ voxels: [Int], input: Int) -> Int {
    let blocks = preset.encoderBlocks(stages: features.count)
    guard preset.isResidual else {
      return features.indices.reduce(0) { $0 + blocks[$1] * features[$1] * voxels[$1] }
    }
    var sum = features[0] * input
    for stage in features.indices {
      let projects = stage > 0 && (features[stage] != features[stage - 1] || voxels[stage] != voxels[stage - 1])
      sum += (2 * blocks[stage] + (projects ? 1 : 0)) * features[stage] * voxels[stage]
    }
    return sum
  }

  private func decoder(_ voxels: [Int]) -> Int {
    let convolutions = preset.decoderConvolutions(stages: features.count)
    let maps = convolutions.indices.reduce(0) { sum, stage in
      // Stages count from the bottleneck up in `convolutions`, from the full resolution down here; all are equal.
      sum + (convolutions[stage] + 1) * features[stage] * voxels[stage]
    }
    return maps + outputs * voxels[0]
  }
}
