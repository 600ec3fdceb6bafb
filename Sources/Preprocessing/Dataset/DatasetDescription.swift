/// nnU-Net's `dataset.json`: which channels go in, which labels come out.
///
/// Source: nnU-Net v2 `documentation/dataset_format.md` and `utilities/label_handling/label_handling.py`. The Medical
/// Segmentation Decathlon's older layout (`modality`, labels as value to name) is read too.
public struct DatasetDescription: Sendable, Equatable {
  /// Names of the input channels, in the order of their index; they decide the normalisation when planning.
  public let channelNames: [String]
  /// Everything under `labels`, in the file's order, `background` and `ignore` included.
  public let labels: [Label]
  /// For region-based models, the label that each region writes, in head order; nil otherwise.
  public let regionsClassOrder: [Int]?
  /// Number of training cases, where the file says so.
  public let trainingCount: Int?
  /// File ending of the training images with its dots, `.nii.gz`; nil where the file does not say.
  public let fileEnding: String?
  /// The reader that the file asks for (`overwrite_image_reader_writer`); nil where it leaves that to the file ending.
  public let imageReader: ImageReader?
  /// The data set's own name, where the file has one.
  public let name: String?

  /// One entry of `labels`.
  public struct Label: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// The label values it covers; more than one makes it a region.
    public let values: [Int]

    /// The entry called `ignore`: voxels that nobody annotated.
    public var isIgnore: Bool { name == "ignore" }
    /// An entry that covers nothing but 0.
    public var isBackground: Bool { !isIgnore && values.allSatisfy { $0 == 0 } }
  }
}

extension DatasetDescription {
  /// True when at least one entry covers more than one value: the heads are then sigmoids, one a region.
  public var hasRegions: Bool { labels.contains { !$0.isIgnore && $0.values.count > 1 } }

  /// The regions in head order (single values included); empty for a model without regions.
  public var regions: [Label] { hasRegions ? labels.filter { !$0.isIgnore && !$0.isBackground } : [] }

  /// The value that marks voxels nobody annotated; it has no head.
  public var ignoreLabel: Int? { labels.first { $0.isIgnore }?.values.first }

  /// Every declared value without `ignore`, ascending, 0 first.
  public var allLabels: [Int] { Set(labels.filter { !$0.isIgnore }.flatMap { $0.values }).sorted() }

  /// Every declared value above 0 without `ignore`, ascending. The cascade's one-hot channels follow this order.
  public var foregroundLabels: [Int] { allLabels.filter { $0 > 0 } }

  /// Number of channels the network puts out: one a region, or one a label with background.
  public var numberOfHeads: Int { hasRegions ? regions.count : allLabels.count }

  /// Number of entries under `labels` as nnU-Net's memory estimate counts them: all of them.
  public var numberOfLabelEntries: Int { labels.count }

  /// Number of channels the network takes: the images', and for a cascade's second stage one a foreground label.
  public func numberOfInputChannels(hasPreviousStage: Bool) -> Int {
    channelNames.count + (hasPreviousStage ? foregroundLabels.count : 0)
  }

  /// The label values a segmentation made with this model can hold, ascending, without 0.
  public var writtenLabels: [Int] {
    guard let regionsClassOrder, hasRegions else { return foregroundLabels }
    return Set(regionsClassOrder).filter { $0 > 0 }.sorted()
  }

  /// What a label value in a segmentation is called: its own entry's name, else the region that writes it.
  public func name(of label: Int) -> String {
    if let own = labels.first(where: { $0.values == [label] && !$0.isIgnore }) { return own.name }
    if let order = regionsClassOrder, let index = order.lastIndex(of: label), regions.indices.contains(index) {
      return regions[index].name
    }
    return labels.first { $0.values.contains(label) }?.name ?? "label \(label)"
  }
}
