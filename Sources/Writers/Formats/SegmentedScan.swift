public import Imaging

/// A label's number and name, as the model's `dataset.json` has them.
public struct SegmentLabel: Sendable, Hashable {
  /// The number in the label map; never 0.
  public let value: UInt16
  /// The name.
  public let name: String

  /// A label of that number and name.
  public init(value: UInt16, name: String) {
    self.value = value
    self.name = name
  }
}

/// What the writers write: a scan and its segmentation on the same grid.
public struct SegmentedScan: Sendable {
  /// The scan as it came.
  public let image: Volume
  /// Its labels.
  public let labels: LabelMap
  /// The labels that the model knows, in its order, background left out.
  public let names: [SegmentLabel]
  /// DICOM's Modality: `CT`, `MR`, ...; decides the preview's window.
  public let modality: String
  /// A line for people above the preview. No patient's name, ID or birth date.
  public let title: String

  /// A scan with its labels; throws where they lie on different grids.
  public init(
    image: Volume, labels: LabelMap, names: [SegmentLabel], modality: String, title: String
  ) throws(GridMismatch) {
    guard image.geometry.isSameGrid(as: labels.geometry) else {
      throw GridMismatch(prediction: labels.geometry, reference: image.geometry)
    }
    self.image = image
    self.labels = labels
    self.names = names
    self.modality = modality
    self.title = title
  }
}
