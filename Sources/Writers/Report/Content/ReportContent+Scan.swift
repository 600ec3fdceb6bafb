public import Digests

extension ReportContent {
  /// What the scan is.
  public struct Series: Sendable {
    /// StudyDate in the form `YYYY-MM-DD`, or whatever stands there; empty when unknown.
    public var studyDate: String
    /// Modality, DICOM's code (`CT`, `MR`). `CT` makes the page offer the usual CT windows.
    public var modality: String
    /// SeriesDescription; empty when there is none.
    public var description: String

    /// A series in DICOM's words.
    public init(studyDate: String, modality: String, description: String) {
      self.studyDate = studyDate
      self.modality = modality
      self.description = description
    }
  }

  /// The rule that took the scan.
  public struct Rule: Sendable {
    /// Its folder's name.
    public var name: String
    /// The digest of `rule.yaml`.
    public var digest: SHA256Digest

    /// A rule.
    public init(name: String, digest: SHA256Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// The model that was run.
  public struct Model: Sendable {
    /// The dataset's name, as nnU-Net writes it.
    public var name: String
    /// The digest of the model's files.
    public var digest: SHA256Digest
    /// nnU-Net's configuration (`3d_fullres`).
    public var configuration: String
    /// The folds that were averaged (`0`, `1`, `all`).
    public var folds: [String]

    /// A model.
    public init(name: String, digest: SHA256Digest, configuration: String, folds: [String]) {
      self.name = name
      self.digest = digest
      self.configuration = configuration
      self.folds = folds
    }
  }

  /// A file that was not used.
  public struct SkippedFile: Sendable {
    /// Its name, without the folders above the inbox.
    public var name: String
    /// Why it was left out, a sentence.
    public var reason: String

    /// A skipped file.
    public init(name: String, reason: String) {
      self.name = name
      self.reason = reason
    }
  }

  /// A file beside the report.
  public struct OutputFile: Sendable {
    /// Its name in the output folder.
    public var name: String
    /// Its digest.
    public var digest: SHA256Digest

    /// An output file.
    public init(name: String, digest: SHA256Digest) {
      self.name = name
      self.digest = digest
    }
  }
}
