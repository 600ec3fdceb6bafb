/// What a rule may ask to be written for a scan, by the name that rules use. Every run also has `record.json` and
/// `preview.png`.
public enum OutputFormat: String, Sendable, CaseIterable {
  /// `image.nii.gz` and `segmentation.nii.gz`; always written, because scores and reviews need them.
  case nifti
  /// `segmentation.dcm`: a DICOM SEG that references the original instances.
  case dicomSEG = "dicom-seg"
  /// `report.html`: one self-contained page.
  case report
}
