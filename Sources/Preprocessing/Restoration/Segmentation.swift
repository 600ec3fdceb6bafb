public import Imaging

/// A segmentation on the scan's own grid, with what was found.
public struct Segmentation: Sendable, Equatable {
  /// The labels, on the grid of the scan.
  public internal(set) var labels: LabelMap
  /// One entry for each label the model can write, ascending, found or not.
  public internal(set) var perLabel: [Measurement]

  /// How much of one label there is.
  public struct Measurement: Sendable, Equatable, Codable {
    /// The label's value.
    public let label: Int
    /// Its name in `dataset.json`.
    public let name: String
    /// Voxels that have it.
    public let voxels: Int
    /// Their volume, ml.
    public let millilitres: Double

    /// How much of one label there is.
    public init(label: Int, name: String, voxels: Int, millilitres: Double) {
      self.label = label
      self.name = name
      self.voxels = voxels
      self.millilitres = millilitres
    }
  }

  /// `counts[label]` voxels of each label; the model's names come from `dataset`.
  init(labels: LabelMap, counts: [Int], dataset: DatasetDescription) {
    self.labels = labels
    perLabel = dataset.writtenLabels.map { label in
      let voxels = counts.indices.contains(label) ? counts[label] : 0
      return Measurement(
        label: label, name: dataset.name(of: label), voxels: voxels,
        millilitres: Double(voxels) * labels.geometry.voxelVolume / 1000)
    }
  }

  /// Measures a label map that is already on the scan's grid.
  public init(measuring labels: LabelMap, dataset: DatasetDescription) {
    var counts = [Int](repeating: 0, count: Int(UInt16.max) + 1)
    for label in labels.voxels { counts[Int(label)] += 1 }
    self.init(labels: labels, counts: counts, dataset: dataset)
  }
}
