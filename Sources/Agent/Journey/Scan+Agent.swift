internal import Audit
internal import DICOM
internal import Foundation
internal import Imaging

/// What the agent asks of a scan beyond what the DICOM room says.
extension Scan {
  /// For progress lines: the modality and the number of slices, nothing of the patient.
  var shortName: String {
    "\(modality ?? "scan") \(volume.geometry.depth) x \(volume.geometry.height) x \(volume.geometry.width)"
  }

  /// The files that the volume was made of.
  var inputFiles: [FileEntry] { instances.map { $0.entry } }

  /// The folders that hold them.
  var folders: [URL] {
    Set(instances.map { ($0.path as NSString).deletingLastPathComponent }).sorted().map { URL(filePath: $0) }
  }

  /// What a rule may ask.
  func subject(inbox: (String) -> String?) -> RuleSubject {
    let geometry = volume.geometry
    let scan = self
    return RuleSubject(
      attribute: { scan.attribute($0) }, slices: geometry.depth, rows: geometry.height, columns: geometry.width,
      spacing: geometry.spacing, orientation: geometry.slicePlane.rawValue,
      inbox: instances.first.flatMap { inbox($0.path) })
  }
}

extension SeriesRefusal {
  /// The files of the refused series.
  var inputFiles: [FileEntry] { instances.map { $0.entry } }
}

extension Scan.Instance {
  var entry: FileEntry { FileEntry(role: .input, path: path, bytes: bytes, sha256: sha256) }
}

extension Result<Scan, SeriesRefusal> {
  /// What the conversion found.
  var fact: Fact {
    switch self {
    case .success(let scan):
      let geometry = scan.volume.geometry
      return .object([
        "shape": .integers(geometry.shape), "spacing": .numbers(geometry.spacing),
        "orientation": .text(geometry.slicePlane.rawValue), "axis_codes": .text(geometry.axisCodes.description),
        "instances": .integer(scan.instances.count), "notes": .texts(scan.notes),
        "incomplete": .texts(scan.incompleteness),
        "skipped": .list(scan.skipped.map { .object(["path": .text($0.path), "reason": .text($0.reason)]) }),
      ])
    case .failure(let refusal):
      return .object(["refused": .text(refusal.message)])
    }
  }
}
