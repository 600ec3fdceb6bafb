public import Digests

/// One file that a run read or made.
public struct FileEntry: Sendable, Hashable {
  /// What the file was to the run.
  public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    /// An instance of the series.
    case input
    /// Written by the run.
    case output
    /// Part of the model.
    case model
    /// A supplied mask. The only role that may be added to a sealed run.
    case reference
    /// The rule.
    case rule
  }

  /// What the file was to the run.
  public let role: Role
  /// Absolute, or relative to the folder of the database, or the alias of a file in an inbox (``PathAliases``).
  public let path: String
  /// Its size, bytes.
  public let bytes: Int64
  /// The digest of its bytes.
  public let sha256: SHA256Digest

  /// A file of that role.
  public init(role: Role, path: String, bytes: Int64, sha256: SHA256Digest) {
    self.role = role
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
  }
}

/// How well one label of a segmentation agrees with a supplied mask.
public struct ScoreEntry: Sendable, Hashable {
  /// The digest of the mask.
  public let referenceSHA256: SHA256Digest
  /// The label's number in the segmentation.
  public let label: Int
  /// The label's name.
  public let labelName: String
  /// Dice coefficient, 0 to 1; `nil` if both are empty.
  public let dice: Double?
  /// 95th percentile of the surface distance, mm; `nil` if one is empty.
  public let hd95Millimetres: Double?
  /// Normalised surface Dice at 1 mm, 0 to 1; `nil` if both are empty.
  public let nsd1Millimetre: Double?
  /// Volume in the segmentation, ml.
  public let volumeMillilitres: Double
  /// Volume in the mask, ml.
  public let referenceVolumeMillilitres: Double

  /// The agreement for one label; distances in mm, volumes in ml.
  public init(
    referenceSHA256: SHA256Digest, label: Int, labelName: String, dice: Double?, hd95Millimetres: Double?,
    nsd1Millimetre: Double?, volumeMillilitres: Double, referenceVolumeMillilitres: Double
  ) {
    self.referenceSHA256 = referenceSHA256
    self.label = label
    self.labelName = labelName
    self.dice = dice
    self.hd95Millimetres = hd95Millimetres
    self.nsd1Millimetre = nsd1Millimetre
    self.volumeMillilitres = volumeMillilitres
    self.referenceVolumeMillilitres = referenceVolumeMillilitres
  }
}

/// A run that was begun and not sealed: it is at work, or its agent was killed.
public struct OpenRun: Sendable, Hashable {
  /// The run.
  public let id: RunID
  /// SeriesInstanceUID.
  public let seriesUID: String
  /// When it began, as recorded.
  public let startedAt: String
  /// Its output folder if it got that far, relative to the folder of the database.
  public let outputFolder: String?
}

/// What sealing gives back.
public struct SealedRun: Sendable, Hashable {
  /// The run.
  public let id: RunID
  /// The digest of all that the database then knew of the run (see `record_sha256` in the `run-sealed` event).
  public let recordSHA256: SHA256Digest
  /// The digest of the event that sealed it: the end of the chain at that moment.
  public let eventSHA256: SHA256Digest
}
