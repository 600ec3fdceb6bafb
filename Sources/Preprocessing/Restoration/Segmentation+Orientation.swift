public import Imaging

extension Segmentation {
  /// The same segmentation with the axes of its label map permuted and flipped; nothing that was measured changes.
  public func reoriented(by change: AxisReorientation) -> Segmentation {
    var result = self
    result.labels = labels.reoriented(by: change)
    return result
  }
}
