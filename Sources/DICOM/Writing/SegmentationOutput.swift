public import Foundation
public import Imaging

/// Writes a label map as a DICOM Segmentation (PS3.3 A.51) that refers to the instances of the scan it was made from: one binary
/// segment for each label, one frame for each slice that has the label, in the scan's frame of reference.
public struct SegmentationOutput: Sendable {
  /// One label as a segment.
  public struct SegmentDescription: Sendable, Hashable {
    /// The label in the label map, 1 ... 65535.
    public var label: UInt16
    /// SegmentLabel (0062,0005), at most 64 characters.
    public var name: String
    /// SegmentedPropertyCategoryCodeSequence (0062,0003).
    public var category: CodedConcept
    /// SegmentedPropertyTypeCodeSequence (0062,000F).
    public var type: CodedConcept

    /// A segment; without codes it is SNOMED CT's "Anatomical Structure" of the type "Tissue".
    public init(
      label: UInt16, name: String, category: CodedConcept = .anatomicalStructure, type: CodedConcept = .tissue
    ) {
      self.label = label
      self.name = name
      self.category = category
      self.type = type
    }
  }

  /// The segments, in the order in which they are numbered from 1.
  public var segments: [SegmentDescription]
  /// SeriesDescription (0008,103E).
  public var seriesDescription = "Segmentation"
  /// SegmentAlgorithmName (0062,0009), for instance the model's name.
  public var algorithmName = "nnU-Net"
  /// SoftwareVersions (0018,1020).
  public var softwareVersion = "1"
  /// When it was made, to the second; DICOM's date and time are local to UTC here. The same labels of the same scan at the same time make the
  /// same file, byte for byte.
  public var date = Date()

  /// Segments for these labels.
  public init(segments: [SegmentDescription]) { self.segments = segments }

  /// Writes the file, which must not exist, reads it again, and compares every voxel and each label's centroid (mm) with `labels`. A
  /// file that differs is removed and an error thrown: what is returned has passed.
  ///
  /// `labels` must lie on the scan's grid and hold no label without a segment. Planes that were interpolated have no source
  /// instance to refer to; their frames are written all the same.
  @discardableResult
  public func write(_ labels: LabelMap, of scan: Scan, to file: URL) throws(DICOMError) -> SegmentationCheck {
    guard labels.geometry.isSameGrid(as: scan.volume.geometry) else {
      throw DICOMError(.unsupported, path: file.path, "the labels do not lie on the scan's grid")
    }
    let known = Set(segments.map { $0.label })
    guard known.count == segments.count, !known.contains(0), !segments.isEmpty else {
      throw DICOMError(.unsupported, path: file.path, "the segments' labels must differ and be 1 or more")
    }
    let statistics = labels.statistics()
    guard statistics.keys.allSatisfy({ known.contains($0) }) else {
      throw DICOMError(.unsupported, path: file.path, "the label map holds a label that has no segment")
    }
    try SegmentationWriting(output: self, labels: labels, scan: scan, path: file.path).write()
    do {
      return try SegmentationCheck(self, labels, statistics, in: file)
    } catch {
      unlink(file.path)
      throw error
    }
  }
}

extension CodedConcept {
  /// SNOMED CT 123037004.
  public static let anatomicalStructure = CodedConcept(
    value: "123037004", scheme: "SCT", meaning: "Anatomical Structure")
  /// SNOMED CT 85756007.
  public static let tissue = CodedConcept(value: "85756007", scheme: "SCT", meaning: "Tissue")
}

extension SegmentationOutput {
  /// Whether an object with these attributes says that Vigil wrote it.
  public static func wrote(_ attributes: DICOMAttributes) -> Bool {
    [attributes["Manufacturer"], attributes["ManufacturerModelName"]].contains { $0?.lowercased() == "vigil" }
  }
}
