internal import Audit
internal import DICOM
internal import Foundation
internal import Imaging

/// What the agent asks of a scan beyond what the DICOM room says.
extension Scan {
  /// For progress lines: the modality and the number of slices, nothing of the patient.
  var shortName: String {
    let geometry = volume.geometry
    return "\(modality.isEmpty ? "scan" : modality) \(geometry.depth) x \(geometry.height) x \(geometry.width)"
  }

  /// What the series is called while it is under way.
  var seriesKey: String { SeriesKey.text(uid: seriesInstanceUID, folder: folders.first?.path ?? "") }

  /// StudyDate (0008,0020).
  var studyDate: String { attributes["StudyDate"] ?? "" }

  /// SeriesDescription (0008,103E).
  var seriesDescription: String { attributes["SeriesDescription"] ?? "" }

  /// What is missing; empty for a complete series.
  var incompleteness: [String] { findings.filter { $0.severity == .incomplete }.map { "\($0)" } }

  /// The files that the volume was made of.
  var inputFiles: [InputFile] {
    instances.map { InputFile(path: $0.file.path, bytes: Int64(clamping: $0.bytes), sha256: $0.sha256) }
  }

  /// The folders that hold them.
  var folders: [URL] {
    Set(instances.map { $0.file.deletingLastPathComponent().path }).sorted().map { URL(filePath: $0) }
  }

  /// What a rule may ask.
  func subject(inbox: (String) -> String?) -> RuleSubject {
    RuleSubject(volume.geometry, attributes, inbox: instances.first.flatMap { inbox($0.file.path) })
  }
}

extension RuleSubject {
  /// A volume with this grid and these attributes.
  init(_ geometry: Geometry, _ attributes: DICOMAttributes, inbox: String?) {
    self.init(
      attribute: { attributes.parts(of: $0) }, slices: geometry.depth, rows: geometry.height, columns: geometry.width,
      spacing: geometry.spacing, orientation: geometry.slicePlane.rawValue, inbox: inbox)
  }
}

extension DICOMAttributes {
  /// The whole text, then its values where it has several; empty where the attribute is absent.
  func parts(of keyword: String) -> [String] {
    guard let text = self[keyword], !text.isEmpty else { return [] }
    let parts = text.split(separator: "\\", omittingEmptySubsequences: false).map { String($0) }
    return parts.count > 1 ? [text] + parts : [text]
  }
}

extension RefusedSeries {
  /// The files of the refused series.
  var inputFiles: [InputFile] {
    instances.map { InputFile(path: $0.path, bytes: $0.bytes, sha256: $0.sha256) }
  }
}

extension Result<Scan, RefusedSeries> {
  /// What the conversion found.
  func fact(_ context: JourneyContext) -> Fact {
    switch self {
    case .success(let scan):
      let geometry = scan.volume.geometry
      return .object([
        "shape": .integers(geometry.shape), "spacing": .numbers(geometry.spacing),
        "orientation": .text(geometry.slicePlane.rawValue), "axis_codes": .text(geometry.axisCodes.description),
        "instances": .integer(scan.instances.count), "findings": .texts(scan.findings.map { "\($0)" }),
        "evidence": .text(scan.evidence.summary), "separated_by": .object(scan.separatedBy.mapValues { .text($0) }),
        "skipped": .list(
          scan.skipped.map {
            .object(["path": .text(context.alias(of: $0.file.path)), "reason": .text($0.reason)])
          }),
      ])
    case .failure(let refusal):
      return .object(["refused": .text(refusal.message)])
    }
  }
}
