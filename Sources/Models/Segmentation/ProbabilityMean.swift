package import Imaging
package import Preprocessing
package import Tensors

/// The mean of several models' probabilities at the scan's own resolution, which is how nnU-Net ensembles configurations:
/// added in Float, then divided (`ensembling/ensemble.py`).
package struct ProbabilityMean {
  private var sum: Tensor
  private var count: Int

  /// `values` `[K, D, H, W]` added to what `others` holds.
  package init(_ values: Tensor, and others: ProbabilityMean?) {
    guard let others else {
      (sum, count) = (values, 1)
      return
    }
    var sum = others.sum
    sum.elements.withUnsafeMutableBufferPointer { sum in
      values.elements.withUnsafeBufferPointer { values in
        for index in sum.indices { sum[index] += values[index] }
      }
    }
    (self.sum, count) = (sum, others.count + 1)
  }

  /// `[K, D, H, W]`.
  package var mean: Tensor {
    guard count > 1 else { return sum }
    let divisor = Float(count)
    return Tensor(shape: sum.shape, elements: sum.elements.map { $0 / divisor })
  }

  /// The labels: the first of the most probable; with regions, each more probable than one half writes its label, later ones
  /// over earlier.
  package func segmentation(on geometry: Geometry, _ dataset: DatasetDescription) -> Segmentation {
    let (heads, voxels, divisor) = (sum.shape[0], geometry.count, Float(count))
    var labels = [UInt16](repeating: 0, count: voxels)
    if dataset.hasRegions, let order = dataset.regionsClassOrder {
      for head in 0..<heads {
        for voxel in 0..<voxels where sum.elements[head * voxels + voxel] / divisor > 0.5 {
          labels[voxel] = UInt16(order[head])
        }
      }
    } else {
      var best = Array(sum.elements[..<voxels])
      for head in 1..<max(heads, 1) {
        for voxel in 0..<voxels where sum.elements[head * voxels + voxel] / divisor > best[voxel] / divisor {
          (best[voxel], labels[voxel]) = (sum.elements[head * voxels + voxel], UInt16(head))
        }
      }
    }
    return Segmentation(measuring: LabelMap(geometry: geometry, voxels: labels), dataset: dataset)
  }
}
