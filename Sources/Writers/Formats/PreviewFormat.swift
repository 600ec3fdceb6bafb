/// One picture to judge a segmentation by: axial, sagittal and coronal planes through its fullest slices, in radiological
/// convention and at true proportions, outlines in colour, the labels' volumes below; a close-up where the whole is large.
struct PreviewFormat: FormatWriter {
  func files(for scan: SegmentedScan) throws(FormatError) -> [OutputFile] {
    guard let bytes = PreviewLayout(scan).drawn().png else {
      throw FormatError(description: "preview: libpng could not make the picture (out of memory)")
    }
    return [OutputFile(name: "preview.png", bytes: bytes)]
  }
}
