internal import Digests
internal import Imaging

extension SegmentationOutput {
  /// UIDs from everything that makes the file what it is, so that the same makes the same and anything else something else.
  func uids(of labels: LabelMap, scan: Scan) -> (instance: String, series: String, dimensions: String) {
    var hasher = SHA256Hasher()
    let (date, time) = dicomDateAndTime
    let texts = [
      "vigil segmentation 1", scan.studyInstanceUID, scan.seriesInstanceUID, scan.inputDigest.description,
      seriesDescription,
      algorithmName, softwareVersion, date + time, "\(labels.geometry.shape)",
    ]
    let described = segments.flatMap { segment -> [String] in
      let codes = [segment.category, segment.type].flatMap { [$0.value, $0.scheme, $0.meaning] }
      return ["\(segment.label)", segment.name] + codes
    }
    // Each with its length, so that no two lists give one text.
    for text in texts + described { hasher.update("\(text.utf8.count):\(text)\n") }
    labels.voxels.withUnsafeBytes { hasher.update($0) }
    let content = hasher.finish().description
    return (
      DICOMUID.derived(from: content + " instance"), DICOMUID.derived(from: content + " series"),
      DICOMUID.derived(from: content + " dimensions")
    )
  }
}
