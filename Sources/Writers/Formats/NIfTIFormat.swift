import Imaging

/// The scan and its labels as NIfTI, each in the scan's own geometry and axis order.
struct NIfTIFormat: FormatWriter {
  func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile] {
    do throws(NIfTIError) {
      return [
        OutputFile(name: "image.nii.gz", bytes: try NIfTI.data(scan.image)),
        OutputFile(name: "segmentation.nii.gz", bytes: try NIfTI.data(scan.labels)),
      ]
    } catch {
      throw FormatError(description: "nifti: \(error)")
    }
  }
}
