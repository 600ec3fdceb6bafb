internal import DICOM
internal import Foundation
internal import Models
internal import Preprocessing
internal import Writers

extension Journey {
  /// `report.html`, as of the moment before the run is sealed, with the masks that are there; or why there is none.
  /// `identifies`: whether it names the patient, who is in nothing that goes on record.
  func report(
    _ story: ReportStory, _ result: Segmentation, _ references: ReferenceMasks.Outcome, outputs: [WrittenFile],
    identifies: Bool
  ) -> Result<[UInt8], ReportFailure> {
    let content = story.content(
      image: scan.volume, labels: result.labels, stages: log.records.map { $0.forReport },
      references: references.comparisons, outputs: outputs.map { .init(name: $0.name, digest: $0.sha256) },
      host: ProcessInfo.processInfo.hostName)
    guard var content else { return .failure(ReportFailure(reason: "a digest is none")) }
    content.trust = log.records.last { $0.stage == .postprocessed }?.facts.trust?.forReport
    content.notes += references.errors.map {
      .init(severity: .warning, text: "a supplied mask was not compared: \($0.reason)")
    }
    if identifies, let file = scan.instances.first?.file, let patient = try? PatientIdentity(file) {
      content.notes.append(.init(severity: .information, text: patient.words))
    }
    do throws(ReportError) { return .success(try Report.html(content)) } catch {
      return .failure(ReportFailure(reason: "\(error)"))
    }
  }
}

/// Why a page could not be made.
struct ReportFailure: Error {
  let reason: String
}

extension Fact {
  /// For people.
  var text: String {
    switch self {
    case .text(let value): value
    case .integer(let value): "\(value)"
    case .number(let value): String(format: "%g", value)
    case .flag(let value): value ? "yes" : "no"
    case .list(let values): values.map { $0.text }.joined(separator: ", ")
    case .object(let values):
      values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }.joined(separator: "; ")
    case .null: "-"
    }
  }
}
