extension LabelMap {
  /// The map with only the largest component of the union of `labels` kept, and how many components and voxels went.
  ///
  /// nnU-Net's "remove all but the largest component": components tied for the largest are all kept; voxels of `labels` in
  /// the others become 0; other labels stay. nnU-Net v2 uses `.full`, v1 `.faces`.
  public func keepingLargestComponent(
    of labels: Set<UInt16>, connectivity: Connectivity = .full
  ) -> (labels: LabelMap, removedComponents: Int, removedVoxels: Int) {
    // Only the block that holds the labels is looked at.
    let box = statistics().reduce(nil as Box?) {
      labels.contains($1.key) ? $0?.union($1.value.box) ?? $1.value.box : $0
    }
    guard let box else { return (self, 0, 0) }
    let block = geometry.cropped(to: box)
    let mask = geometry.cropped(voxels, to: box).map { labels.contains($0) }
    let components = Components(of: mask, shape: block.shape, connectivity: connectivity)
    let largest = components.sizes.max() ?? 0
    let removed = components.sizes.filter { $0 < largest }
    guard !removed.isEmpty else { return (self, 0, 0) }
    var result = self
    var index = 0
    for k in box.k {
      for j in box.j {
        for i in box.i {
          let number = Int(components.numbers[index])
          if number > 0, components.sizes[number - 1] < largest {
            result.voxels[(k * geometry.height + j) * geometry.width + i] = 0
          }
          index += 1
        }
      }
    }
    return (result, removed.count, removed.reduce(0, +))
  }
}
