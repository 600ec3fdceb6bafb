internal import Audit
internal import DICOM
internal import Foundation
internal import Synchronization

/// What a settled series' headers say to the rules before any pixel is read.
struct SeriesGlance: Sendable {
  /// The highest priority among the rules that may take it.
  var priority = 0
  /// The channels of studies that it is.
  var candidates: [ChannelCandidate] = []
  /// Whether something of it is no channel, and goes its own way.
  var hasOthers = true
}

extension RuleBook {
  /// Whether a series' header is worth a look before its turn comes.
  fileprivate var asksForHeaders: Bool {
    Set(rules.map { $0.priority }).count > 1 || rules.contains { $0.isStudy || $0.priority != 0 }
  }
}

extension RuleBook {
  /// The channel of a study that a volume of the series is; nil where it is none, or its study is unknown.
  func candidate(_ outline: ScanOutline, of series: String, inbox: String?) -> ChannelCandidate? {
    let subject = RuleSubject(outline.geometry, outline.attributes, inbox: inbox)
    guard !outline.studyInstanceUID.isEmpty, case .channel(let rule, let channel) = verdict(on: subject) else {
      return nil
    }
    return ChannelCandidate(outline, of: series, rule: rule, channel: channel)
  }
}

extension Rule {
  /// Attributes that are the same in every file of a series (PS3.3 C.7.2.1, C.7.3.1, C.7.5.1), so that one file tells.
  private static let ofTheSeries: Set<String> = [
    "Modality", "SeriesDescription", "StudyDescription", "ProtocolName", "BodyPartExamined", "SeriesNumber",
    "SeriesDate",
    "StudyDate", "Manufacturer", "ManufacturerModelName", "StudyInstanceUID", "SeriesInstanceUID",
  ]

  /// Whether the rule may take a scan of a series of which one header is known.
  fileprivate func mayTake(_ attributes: DICOMAttributes, inbox: String?) -> Bool {
    let known = { (keyword: String) in Self.ofTheSeries.contains(keyword) ? attributes.parts(of: keyword) : nil }
    func mayHold(_ conditions: [Condition]) -> Bool { conditions.allSatisfy { $0.mayHold(known, inbox: inbox) } }
    return mayHold(conditions) && (!isStudy || channels.contains { mayHold($0.conditions) })
  }
}

extension RuleBook {
  /// Looks at the headers of a series, `key` in the audit: at one where only the place in the line depends on it, at all where a
  /// rule for studies may take it. A file that cannot be read is left to the journey to refuse.
  func glance(at files: [String], of key: String, inbox: (String) -> String?) -> SeriesGlance {
    guard asksForHeaders, let first = files.first, let attributes = try? DICOMAttributes(URL(filePath: first))
    else { return SeriesGlance() }
    let rules = rules.filter { $0.mayTake(attributes, inbox: inbox(first)) }
    var glance = SeriesGlance(priority: rules.map { $0.priority }.max() ?? 0)
    guard rules.contains(where: { $0.isStudy }) else { return glance }
    let (outlines, isWhole) = SeriesConversion.outlines(files)
    glance.candidates = outlines.compactMap { candidate($0, of: key, inbox: inbox(first)) }
    glance.hasOthers = !isWhole || outlines.isEmpty || glance.candidates.count < outlines.count
    return glance
  }
}

extension Site {
  /// Whether the rules in force want to know a series' header before its turn comes.
  var asksForHeaders: Bool { rules.withLock { $0 }.only(onlyRule).asksForHeaders }

  /// Looks at the headers of a series, `key` in the audit, by the rules in force.
  func glance(
    at files: [String], of key: String, inbox: (String) -> String?
  ) throws(AgentError) -> SeriesGlance {
    try rulesInForce().only(onlyRule).glance(at: files, of: key, inbox: inbox)
  }
}
