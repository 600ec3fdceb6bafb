extension LabelMap {
  /// The map with only the largest component of the union of `labels` kept, and how many components and voxels went.
  ///
  /// nnU-Net's "remove all but the largest component": components tied for the largest are all kept; voxels of `labels` in
  /// the others become 0; other labels stay. nnU-Net v2 uses `.full`, v1 `.faces`.
  public func keepingLargestComponent(
    of labels: Set<UInt16>, connectivity: Connectivity = .full
  ) -> (labels: LabelMap, removedComponents: Int, removedVoxels: Int) {
    let components = Components(
      of: voxels.map { labels.contains($0) }, shape: geometry.shape, connectivity: connectivity)
    let largest = components.sizes.max() ?? 0
    let removed = components.sizes.filter { $0 < largest }
    guard !removed.isEmpty else { return (self, 0, 0) }
    var result = self
    for index in voxels.indices where components.numbers[index] > 0 {
      if components.sizes[Int(components.numbers[index]) - 1] < largest { result.voxels[index] = 0 }
    }
    return (result, removed.count, removed.reduce(0, +))
  }
}
