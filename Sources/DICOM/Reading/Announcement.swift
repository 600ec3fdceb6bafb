/// How many instances the whole series has, as one of its files says: evidence on which a series can be taken before it has been
/// quiet for long.
public struct Announcement: Sendable, Hashable {
  /// The attribute that says so.
  public let keyword: String
  /// How many instances there are when all have come.
  public let instances: Int

  /// NumberOfSeriesRelatedInstances (0020,1209), which archives add; else InConcatenationTotalNumber (0020,9163) of a
  /// multi-frame object in parts (PS3.3 C.7.6.16.2.2.4); else what PET counts by its SeriesType (0054,1000): NumberOfSlices, for
  /// each time slice of a dynamic, for each interval and slot of a gated series (PS3.3 C.8.9.1). ImagesInAcquisition is not
  /// asked: makers disagree about what it counts, and a series may hold several acquisitions.
  init?(_ root: DataItem, modality: String) {
    if let count = root.int(.numberOfSeriesRelatedInstances), count > 0 {
      self.init(keyword: "NumberOfSeriesRelatedInstances", instances: count)
    } else if let count = root.int(.inConcatenationTotalNumber), count > 0 {
      self.init(keyword: "InConcatenationTotalNumber", instances: count)
    } else if modality == "PT", let count = Self.positrons(root), count > 0 {
      self.init(keyword: "NumberOfSlices", instances: count)
    } else {
      return nil
    }
  }

  private init(keyword: String, instances: Int) {
    self.keyword = keyword
    self.instances = instances
  }

  private static func positrons(_ root: DataItem) -> Int? {
    let tags: [DICOMTag]
    switch root.texts(.petSeriesType).first {
    case "STATIC", "WHOLE BODY": tags = [.numberOfSlices]
    case "DYNAMIC": tags = [.numberOfSlices, .numberOfTimeSlices]
    case "GATED": tags = [.numberOfSlices, .numberOfRRIntervals, .numberOfTimeSlots]
    default: return nil
    }
    var product = 1
    for tag in tags {
      guard let factor = root.int(tag), factor > 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }
}
