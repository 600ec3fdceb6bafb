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

  /// The format's files for one scan. The same scan gives the same bytes.
  public func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile] { try writer.files(for: scan) }

  private var writer: any FormatWriter {
    switch self {
    case .nifti: NIfTIFormat()
    case .dicomSEG, .report: JourneyFormat()
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

/// A format that needs more than the voxels: the agent writes it, from the whole journey (``Report``) or from the scan's instances
/// (`SegmentationOutput` of the DICOM room).
struct JourneyFormat: FormatWriter {
  func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile] { [] }
}
