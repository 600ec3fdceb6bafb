/// The formats a rule may ask for under `outputs:`. To add one: a file in this folder and a case here.
public enum OutputFormat: String, CaseIterable, Sendable {
  /// `image.nii.gz` and `segmentation.nii.gz`.
  case nifti
  /// `segmentation.dcm`.
  case dicomSEG = "dicom-seg"
  /// `report.html`.
  case report
  /// `preview.png`.
  case preview

  /// Why this program cannot write the format yet; nil where it can. Rules are checked against this before anything runs.
  public var unavailable: String? { (writer as? PlannedFormat)?.reason }

  /// The format's files for one scan. The same scan gives the same bytes.
  public func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile] { try writer.files(for: scan) }

  private var writer: any FormatWriter {
    switch self {
    case .nifti: NIfTIFormat()
    case .dicomSEG: PlannedFormat(reason: "DICOM SEG is not written yet; ask for nifti and convert elsewhere")
    case .report: JourneyFormat()
    case .preview: PreviewFormat()
    }
  }
}

/// One file of a result before it is on the disk.
public struct OutputFile: Sendable, Equatable {
  /// Its name in the result's folder.
  public let name: String
  /// What it holds.
  public let bytes: [UInt8]

  /// A file of that name and content.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// A format could not be made.
public struct FormatError: Error, CustomStringConvertible, Sendable {
  /// The format and the reason.
  public let description: String
}

/// Makes one format's files.
protocol FormatWriter {
  func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile]
}

/// A format that needs more than the scan: the agent writes it from the whole journey (``Report``).
struct JourneyFormat: FormatWriter {
  func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile] { [] }
}

/// A format that the interface names and that is not written yet.
struct PlannedFormat: FormatWriter {
  let reason: String

  func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile] { throw FormatError(description: reason) }
}
