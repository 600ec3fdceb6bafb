extension Workspace {
  /// `[C, D, H, W]` to channels-last, in `layout` (padding zero).
  public func map(_ tensor: Tensor, layout: ChannelLayout) -> FeatureMap {
    let map = self.map(extent: Array(tensor.shape[1...]), layout: layout)
    write(tensor, to: map)
    return map
  }

  /// The same with room to slide, where it is large.
  package func roomyMap(_ tensor: Tensor, layout: ChannelLayout) -> FeatureMap {
    let map = roomyMap(extent: Array(tensor.shape[1...]), layout: layout)
    write(tensor, to: map)
    return map
  }

  private func write(_ tensor: Tensor, to map: FeatureMap) {
    let layout = map.layout
    precondition(tensor.shape.count == 4 && tensor.shape[0] == layout.channels, "a [C, D, H, W] tensor in its layout")
    let positions = layout.positions
    let stride = map.voxelStride
    let base = map.base
    tensor.elements.withUnsafeBufferPointer { planes in
      if layout.paddedChannels != layout.channels { base.update(repeating: 0, count: map.voxels * stride) }
      for (c, position) in positions.enumerated() {
        let plane = planes[(c * map.voxels)...]
        for (voxel, value) in zip(0..., plane.prefix(map.voxels)) { base[voxel * stride + position] = value }
      }
    }
  }
}

extension Tensor {
  /// The map's channels as `[C, D, H, W]`, its pointwise part applied.
  public init(_ map: FeatureMap) {
    self.init(shape: [map.layout.channels] + map.extent)
    for (c, position) in map.layout.positions.enumerated() {
      for voxel in 0..<map.voxels {
        let x = map.base[voxel * map.voxelStride + position]
        elements[c * map.voxels + voxel] = map.pointwise?(x, channel: position) ?? x
      }
    }
  }
}
