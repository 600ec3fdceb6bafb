public import Digests
public import Imaging

extension ReportContent {
  /// One label of the model.
  public struct Label: Sendable {
    /// Its number in the label map; 0 is background and is ignored.
    public var value: UInt16
    /// Its name in `dataset.json`.
    public var name: String
    /// Its colour; where nil, ``LabelPalette`` chooses by the label's place in the list.
    public var colour: LabelColour?
    /// The model's labels that it stands for, where it is a mask's number for several together; else empty.
    public var members: [UInt16]

    /// A label.
    public init(value: UInt16, name: String, colour: LabelColour? = nil, members: [UInt16] = []) {
      self.value = value
      self.name = name
      self.colour = colour
      self.members = members
    }
  }

  /// How much of a label was found.
  public struct LabelVolume: Sendable {
    /// The label.
    public var value: UInt16
    /// Its number of voxels.
    public var voxels: Int
    /// Its volume, ml.
    public var millilitres: Double

    /// A label's volume.
    public init(value: UInt16, voxels: Int, millilitres: Double) {
      self.value = value
      self.voxels = voxels
      self.millilitres = millilitres
    }
  }

  /// The supplied mask.
  public struct Reference: Sendable {
    /// The mask on the image's grid, its numbers already mapped to the model's labels.
    public var labels: LabelMap
    /// Where it came from (`mask.nii.gz`, `DICOM SEG`).
    public var source: String
    /// The digest of its file.
    public var digest: SHA256Digest
    /// One score for each compared label, in the order to be shown.
    public var scores: [Score]

    /// A supplied mask and its scores.
    public init(labels: LabelMap, source: String, digest: SHA256Digest, scores: [Score]) {
      self.labels = labels
      self.source = source
      self.digest = digest
      self.scores = scores
    }
  }

  /// How one label compares with the supplied mask.
  public struct Score: Sendable {
    /// The label.
    public var value: UInt16
    /// Dice overlap, 0 to 1.
    public var dice: Measure
    /// 95th percentile Hausdorff distance, mm.
    public var hd95: Measure
    /// Normalised surface distance at a tolerance of 1 mm, 0 to 1.
    public var nsd: Measure
    /// Volume that the model found, ml.
    public var millilitres: Double
    /// Volume in the supplied mask, ml.
    public var referenceMillilitres: Double

    /// A label's scores.
    public init(
      value: UInt16, dice: Measure, hd95: Measure, nsd: Measure, millilitres: Double, referenceMillilitres: Double
    ) {
      self.value = value
      self.dice = dice
      self.hd95 = hd95
      self.nsd = nsd
      self.millilitres = millilitres
      self.referenceMillilitres = referenceMillilitres
    }
  }

  /// A figure that some cases do not have.
  public enum Measure: Sendable, Equatable {
    /// The figure.
    case value(Double)
    /// Not defined, and why (`both masks are empty`).
    case undefined(String)

    /// The figure where it is there and finite, else not defined for `reason`.
    public init(_ value: Double?, otherwise reason: String) {
      guard let value, value.isFinite else {
        self = .undefined(reason)
        return
      }
      self = .value(value)
    }

    /// The figure, if defined.
    public var figure: Double? {
      guard case .value(let value) = self else { return nil }
      return value
    }
  }
}
