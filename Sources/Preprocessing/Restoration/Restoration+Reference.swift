public import Tensors
import Imaging

extension Restoration {
  /// ``segmentation(from:trace:threads:)`` written down plainly in Double, with every head resampled whole.
  public func segmentationReference(
    from logits: Tensor, trace: PreparationTrace
  ) throws(RestorationError) -> Segmentation {
    let placement = try Placement(trace)
    _ = try sampler(of: logits, trace)
    let resampler = configuration.logitResampling.resampler(
      from: trace.preparedShape, to: trace.shapeAfterCropping, current: trace.targetSpacing, new: trace.spacing)
    let size = trace.preparedShape.reduce(1, *)
    let resampled = (0..<heads.count).map { head in
      resampler.resampleReference(logits.elements[head * size..<(head + 1) * size].map { Double($0) })
    }
    var voxels = [UInt16](repeating: 0, count: placement.geometry.count)
    var counts = [Int](repeating: 0, count: heads.labelBound)
    let (shape, strides) = (trace.shapeAfterCropping, placement.strides)
    for index in 0..<shape.reduce(1, *) {
      let (k, j, i) = (index / (shape[1] * shape[2]), index / shape[2] % shape[1], index % shape[2])
      let label = heads.labels[heads.winner(threshold: 0) { resampled[$0][index] }]
      voxels[placement.start + k * strides[0] + j * strides[1] + i * strides[2]] = label
      counts[Int(label)] += 1
    }
    return Segmentation(
      labels: LabelMap(geometry: placement.geometry, voxels: voxels), counts: counts, dataset: dataset)
  }
}
