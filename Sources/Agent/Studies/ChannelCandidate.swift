internal import DICOM
package import Imaging

/// A series, or one volume of it, that a rule takes as a channel of a study.
package struct ChannelCandidate: Sendable, Hashable {
  /// The rule and the study.
  let key: StudyKey
  /// Index of the channel in the rule.
  let channel: Int
  /// What the audit calls the series.
  let series: String
  /// What sets the volume apart from the series' others; empty when it is the only one.
  let separatedBy: [String: String]
  /// FrameOfReferenceUID (0020,0052); empty where the files have none.
  let frameOfReference: String
  /// When and how it was scanned and stored.
  let acquisition: Acquisition
  /// For the output folder's name.
  let title: Title

  /// What an output folder's name is made of.
  package struct Title: Sendable, Hashable {
    let studyDate: String
    let modality: String
    let description: String
  }

  /// What tells whether two series are one acquisition, stored twice.
  package struct Acquisition: Sendable, Hashable {
    /// SeriesNumber (0020,0011).
    let number: String
    /// AcquisitionDateTime (0008,002A), else AcquisitionDate and AcquisitionTime; empty where a part is missing.
    let acquired: String
    /// InstanceCreationDate and -Time (0008,0012 and 0013), else SeriesDate and SeriesTime; empty where a part is missing.
    let stored: String
    let grid: Geometry

    package init(number: String, acquired: String, stored: String, grid: Geometry) {
      self.number = number
      self.acquired = acquired
      self.stored = stored
      self.grid = grid
    }
  }

  package init(
    key: StudyKey, channel: Int, series: String, separatedBy: [String: String] = [:], frameOfReference: String,
    acquisition: Acquisition, title: Title
  ) {
    self.key = key
    self.channel = channel
    self.series = series
    self.separatedBy = separatedBy
    self.frameOfReference = frameOfReference
    self.acquisition = acquisition
    self.title = title
  }

  /// For people: the description and the SeriesInstanceUID.
  package var words: String {
    let volume = separatedBy.sorted { $0.key < $1.key }.map { ", \($0.key) \($0.value)" }.joined()
    return "\"\(title.description)\" (series \(series)\(volume))"
  }

  /// Whether this is `other` sent once more, stored later: the same acquisition on the same grid under another SeriesInstanceUID.
  /// Where the files do not say when they were acquired and stored, nothing is taken for granted.
  func isResend(of other: ChannelCandidate) -> Bool {
    let (mine, its) = (acquisition, other.acquisition)
    return series != other.series && title == other.title && separatedBy == other.separatedBy
      && mine.number == its.number && !mine.acquired.isEmpty && mine.acquired == its.acquired
      && mine.grid.isSameGrid(as: its.grid) && !its.stored.isEmpty && mine.stored > its.stored
  }
}

extension ChannelCandidate.Title {
  package init(_ studyDate: String, _ modality: String, _ description: String) {
    self.init(studyDate: studyDate, modality: modality, description: description)
  }
}

extension ChannelCandidate {
  /// One volume of the series `series`, as its headers tell.
  init(_ outline: ScanOutline, of series: String, rule: Rule, channel: Int) {
    let attributes = outline.attributes
    func moment(_ date: String, _ time: String) -> String {
      guard let day = attributes[date], let clock = attributes[time], !day.isEmpty, !clock.isEmpty else { return "" }
      return day + clock
    }
    let created = moment("InstanceCreationDate", "InstanceCreationTime")
    self.init(
      key: StudyKey(rule: rule.name, study: outline.studyInstanceUID), channel: channel, series: series,
      separatedBy: outline.separatedBy, frameOfReference: outline.frameOfReferenceUID,
      acquisition: Acquisition(
        number: attributes["SeriesNumber"] ?? "",
        acquired: attributes["AcquisitionDateTime"] ?? moment("AcquisitionDate", "AcquisitionTime"),
        stored: created.isEmpty ? moment("SeriesDate", "SeriesTime") : created, grid: outline.geometry),
      title: Title(
        studyDate: attributes["StudyDate"] ?? "", modality: attributes["Modality"] ?? "",
        description: attributes["SeriesDescription"] ?? ""))
  }
}
