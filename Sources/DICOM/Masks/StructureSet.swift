public import Foundation
internal import Imaging

/// An RT Structure Set (PS3.3 A.19): regions drawn as closed contours in planes.
public struct StructureSet: Sendable {
  /// The file.
  public let file: URL
  /// SOPInstanceUID (0008,0018).
  public let sopInstanceUID: String
  /// The series the contours were drawn on.
  public let referencedSeriesInstanceUIDs: Set<String>
  /// The instances the contours were drawn on.
  public let referencedSOPInstanceUIDs: Set<String>
  /// The regions, by ROINumber.
  public let segments: [Segment]
  /// Closed contours of each region, mm, LPS.
  let contours: [Int: [[SIMD3<Double>]]]

  /// Reads a structure set. Only contours of type CLOSED_PLANAR enclose anything; points and open lines are left out.
  public init(_ file: URL, limits: DICOMLimits = DICOMLimits()) throws(DICOMError) {
    let open = try OpenFile(file.path, limits: limits)
    let root = try DataSet.header(of: open, limits: limits).root
    guard root.text(.sopClassUID) == SOPClass.rtStructureSetStorage else {
      throw DICOMError(.unsupported, path: file.path, "no RT Structure Set: SOPClassUID (0008,0016)")
    }
    self.file = file
    sopInstanceUID = root.text(.sopInstanceUID) ?? ""
    segments = root.children(0x3006_0020).compactMap { item in
      item.int(0x3006_0022).map {
        Segment(number: $0, label: item.text(0x3006_0026) ?? "", propertyType: nil, propertyCategory: nil)
      }
    }.sorted { $0.number < $1.number }
    let references = Self.references(root)
    referencedSeriesInstanceUIDs = references.series
    referencedSOPInstanceUIDs = references.instances
    contours = try Self.contours(root, path: file.path)
  }

  private static func references(_ root: DataItem) -> InstanceReferences {
    var references = InstanceReferences(root)
    for frame in root.children(0x3006_0010) {
      for study in frame.children(0x3006_0012) {
        for series in study.children(0x3006_0014) {
          if let uid = series.text(0x0020_000E) { references.series.insert(uid) }
          for image in series.children(0x3006_0016) { references.add(image) }
        }
      }
    }
    return references
  }

  private static func contours(_ root: DataItem, path: String) throws(DICOMError) -> [Int: [[SIMD3<Double>]]] {
    var contours: [Int: [[SIMD3<Double>]]] = [:]
    for region in root.children(0x3006_0039) {
      guard let number = region.int(0x3006_0084) else { continue }
      for contour in region.children(0x3006_0040) where (contour.text(0x3006_0042) ?? "").hasPrefix("CLOSED_PLANAR") {
        guard let numbers = contour.allDoubles(0x3006_0050), numbers.count % 3 == 0, numbers.allSatisfy({ $0.isFinite })
        else {
          throw DICOMError(.malformed, path: path, "ContourData (3006,0050) of ROI \(number) is no list of points")
        }
        let points = stride(from: 0, to: numbers.count, by: 3).map {
          SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
        }
        if points.count >= 3 { contours[number, default: []].append(points) }
      }
    }
    return contours
  }
}

extension DataItem {
  /// All numbers of an element, however many; nil when absent or no numbers.
  func allDoubles(_ tag: UInt32) -> [Double]? {
    let count = multiplicity(tag)
    return count > 0 ? doubles(tag, limit: count) : nil
  }
}
