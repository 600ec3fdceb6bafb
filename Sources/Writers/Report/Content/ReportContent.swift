public import Digests
public import Imaging

/// Everything one `report.html` says of one scan: plain values only, so that whoever ran the scan can fill it in.
///
/// It has no place for a patient's name, identifier or birth date, so a report cannot show one. Every text may come from a
/// stranger's file: the page escapes all of them.
public struct ReportContent: Sendable {
  /// The rule that took the scan; the page's heading.
  public var rule: Rule
  /// What the scan is, in DICOM's words.
  public var series: Series
  /// The scan, `[D, H, W]`, in its own units (HU for CT).
  public var image: Volume
  /// What the model found, on the image's grid.
  public var labels: LabelMap
  /// Names and colours of the model's labels, background left out. A label of the map that is not named here is shown under
  /// its number.
  public var names: [Label]
  /// Voxels and millilitres of each label, as recorded; in the order to be shown.
  public var volumes: [LabelVolume]
  /// The supplied mask and how the labels compare with it, where there is one.
  public var reference: Reference?
  /// How far the result is to be trusted; nil where nobody asked.
  public var trust: Trust?
  /// The journey, first stage first.
  public var stages: [Stage]
  /// Files that were left out, and why.
  public var skipped: [SkippedFile] = []
  /// What a reader should know before trusting the result, worst first.
  public var notes: [Note] = []
  /// The model that was run.
  public var model: Model
  /// Name and version of the software.
  public var software: String
  /// The machine the scan was processed on.
  public var host: String
  /// The run's number in the audit database, as text.
  public var run: String
  /// One digest over all input instances.
  public var inputDigest: SHA256Digest
  /// The other files of the output folder.
  public var outputs: [OutputFile] = []
  /// A PNG picture of the result for browsers without JavaScript; nothing is shown there when it is absent.
  public var preview: [UInt8]?

  /// A report's content; what is not named here starts empty and can be set afterwards.
  public init(
    rule: Rule, series: Series, image: Volume, labels: LabelMap, names: [Label], volumes: [LabelVolume],
    reference: Reference? = nil, stages: [Stage], model: Model, software: String, host: String, run: String,
    inputDigest: SHA256Digest
  ) {
    self.rule = rule
    self.series = series
    self.image = image
    self.labels = labels
    self.names = names
    self.volumes = volumes
    self.reference = reference
    self.stages = stages
    self.model = model
    self.software = software
    self.host = host
    self.run = run
    self.inputDigest = inputDigest
  }
}
