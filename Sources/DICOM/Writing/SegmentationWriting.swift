internal import CDCMTK
import Foundation
internal import Imaging

/// Builds one Segmentation through dcmseg.
struct SegmentationWriting {
  let output: SegmentationOutput
  let labels: LabelMap
  let scan: Scan
  let path: String

  func write() throws(DICOMError) {
    guard let first = scan.instances.first else {
      throw DICOMError(.unsupported, path: path, "a scan without instances has nothing to refer to")
    }
    let geometry = labels.geometry
    guard let rows = UInt16(exactly: geometry.height), let columns = UInt16(exactly: geometry.width) else {
      throw DICOMError(.unsupported, path: path, "more than 65535 rows or columns")
    }
    let source = try DataSet.header(of: try OpenFile(first.file.path, limits: DICOMLimits()), limits: DICOMLimits())
    var reason = ErrorText()
    let uids = output.uids(of: labels, scan: scan)
    let made = reason.catching { error, room in
      CStrings.with([uids.instance, uids.series, uids.dimensions]) {
        let uids = vigil_segmentation_uids(instance: $0[0], series: $0[1], dimensions: $0[2])
        return vigil_segmentation_make(
          source.handle, rows, columns, uids, output.seriesDescription, output.softwareVersion, error, room)
      }
    }
    guard let made else { throw DICOMError(.unsupported, path: path, reason.text) }
    defer { vigil_segmentation_close(made) }
    try addSegments(to: made)
    try setGrid(of: made)
    try addFrames(to: made)
    try save(made, source: source)
  }

  private func addSegments(to made: OpaquePointer) throws(DICOMError) {
    for segment in output.segments {
      try checked { error, room in
        withCode(segment.category) { category in
          withCode(segment.type) { type in
            vigil_segmentation_add_segment(made, segment.name, category, type, output.algorithmName, error, room)
          }
        }
      }
    }
  }

  private func setGrid(of made: OpaquePointer) throws(DICOMError) {
    let g = labels.geometry
    let row = g.iStep / g.iStep.length
    let column = g.jStep / g.jStep.length
    let orientation = [row.x, row.y, row.z, column.x, column.y, column.z].map(DICOMNumber.decimalString)
    let spacing = DICOMNumber.decimalStrings([g.jStep.length, g.iStep.length])
    let normal = row.cross(column)
    let thickness = DICOMNumber.decimalString(abs(g.kStep.dot(normal)))
    try checked { error, room in
      CStrings.with(orientation) { vigil_segmentation_set_grid(made, $0, spacing, thickness, error, room) }
    }
  }

  /// One frame for each slice of each segment that is not empty there. A segment without a voxel gets the first slice, empty: dcmseg
  /// refuses to write fewer frames than segments.
  private func addFrames(to made: OpaquePointer) throws(DICOMError) {
    let count = labels.geometry.width * labels.geometry.height
    let slices = slicesOfLabels()
    for (index, segment) in output.segments.enumerated() {
      for k in slices[segment.label] ?? [0] {
        let mask = labels.voxels[k * count..<(k + 1) * count].map { $0 == segment.label ? UInt8(1) : 0 }
        try addFrame(mask, segment: index + 1, k: k, to: made)
      }
    }
  }

  /// The slices in which each label occurs, ascending; one pass.
  private func slicesOfLabels() -> [UInt16: [Int]] {
    let count = labels.geometry.width * labels.geometry.height
    var slices: [UInt16: [Int]] = [:]
    for k in 0..<labels.geometry.depth {
      var present = [Bool](repeating: false, count: 65536)
      for label in labels.voxels[k * count..<(k + 1) * count] { present[Int(label)] = true }
      for segment in output.segments where present[Int(segment.label)] { slices[segment.label, default: []].append(k) }
    }
    return slices
  }

  private func addFrame(_ mask: [UInt8], segment: Int, k: Int, to made: OpaquePointer) throws(DICOMError) {
    let position = labels.geometry.position(i: 0, j: 0, k: Double(k))
    let texts = [position.x, position.y, position.z].map(DICOMNumber.decimalString)
    let plane = scan.planes[k]
    try checked { error, room in
      CStrings.with(texts) { position in
        withSource(plane) { source in
          vigil_segmentation_add_frame(made, UInt16(segment), mask, position, UInt32(k + 1), source, error, room)
        }
      }
    }
  }

  private func save(_ made: OpaquePointer, source: DataSet) throws(DICOMError) {
    let instances = scan.instances.filter { !$0.sopInstanceUID.isEmpty && !$0.sopClassUID.isEmpty }
    let (date, time) = output.dicomDateAndTime
    var (code, reason): (Int32, ErrorText) = (0, ErrorText())
    let isWritten = reason.catching { error, room in
      CStrings.with(instances.flatMap { [$0.sopClassUID, $0.sopInstanceUID] }) { texts in
        let references = instances.indices.map {
          vigil_instance_reference(class_uid: texts[2 * $0], instance_uid: texts[2 * $0 + 1], frame: 0)
        }
        return vigil_segmentation_write(
          made, source.handle, references, references.count, date, time, path, &code, error, room)
      }
    }
    guard isWritten else { throw DICOMError(code == 0 ? .unsupported : .unwritable, path: path, reason.text) }
  }

  private func checked(_ body: (UnsafeMutablePointer<CChar>, Int) -> Bool) throws(DICOMError) {
    var reason = ErrorText()
    guard reason.catching(body) else { throw DICOMError(.unsupported, path: path, reason.text) }
  }

  private func withCode(_ code: CodedConcept, _ body: (vigil_code) -> Bool) -> Bool {
    CStrings.with([code.value, code.scheme, code.meaning]) {
      body(vigil_code(value: $0[0], scheme: $0[1], meaning: $0[2]))
    }
  }

  private func withSource(_ plane: ScanPlane, _ body: (UnsafePointer<vigil_instance_reference>?) -> Bool) -> Bool {
    guard let uid = plane.sopInstanceUID, !uid.isEmpty, !plane.sopClassUID.isEmpty else { return body(nil) }
    return CStrings.with([plane.sopClassUID, uid]) { texts in
      var source = vigil_instance_reference(
        class_uid: texts[0], instance_uid: texts[1], frame: plane.isMultiFrame ? UInt16(clamping: plane.frame) : 0)
      return body(&source)
    }
  }
}

extension SegmentationOutput {
  /// `yyyymmdd` and `hhmmss`, UTC.
  var dicomDateAndTime: (date: String, time: String) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let c = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
    func two(_ value: Int?) -> String { ((value ?? 0) < 10 ? "0" : "") + "\(value ?? 0)" }
    return ("\(c.year ?? 2000)\(two(c.month))\(two(c.day))", two(c.hour) + two(c.minute) + two(c.second))
  }
}

/// Swift strings as C strings for the length of a call.
enum CStrings {
  static func with<Result>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies.map { UnsafePointer($0) })
  }
}
