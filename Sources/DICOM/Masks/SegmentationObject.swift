public import Foundation
internal import CDCMTK

/// A DICOM Segmentation (PS3.3 A.51): binary, fractional or label map; segments may overlap, frames come in any order and need not
/// cover all slices.
public struct SegmentationObject: Sendable {
  /// The file.
  public let file: URL
  /// SOPInstanceUID (0008,0018).
  public let sopInstanceUID: String
  /// FrameOfReferenceUID (0020,0052); empty when it has none.
  public let frameOfReferenceUID: String
  /// The series it was drawn on: ReferencedSeriesSequence (0008,1115).
  public let referencedSeriesInstanceUIDs: Set<String>
  /// The instances it was drawn on, from every sequence that names one.
  public let referencedSOPInstanceUIDs: Set<String>
  /// The segments, by number.
  public let segments: [Segment]

  let kind: Kind
  let rows: Int
  let columns: Int
  let frames: [Frame]
  /// One byte a pixel for 8 bits, two for 16, packed bits for binary; frame after frame.
  let samples: [UInt8]
  let bitsAllocated: Int

  enum Kind: Sendable, Equatable {
    case binary
    case fractional(maximum: Int)
    case labelMap
  }

  struct Frame: Sendable {
    let segment: Int
    let position: SIMD3<Double>
    let orientation: ImageOrientation
    let spacing: SIMD2<Double>
    let thickness: Double?
  }

  /// Reads a Segmentation; throws when it is no Segmentation or its frames cannot be placed.
  public init(_ file: URL, limits: DICOMLimits = DICOMLimits()) throws(DICOMError) {
    let path = file.path
    let open = try OpenFile(path, limits: limits)
    let room = ByteRoom()
    let bytes = room.bytes(Int(open.identity.size))
    guard let start = bytes.baseAddress else { throw DICOMError(.notDICOM, path: path, "an empty file") }
    try open.read(into: start, count: bytes.count)
    let dataSet = try DataSet.whole(UnsafeRawBufferPointer(bytes), path: path, limits: limits)
    let root = dataSet.root
    guard [SOPClass.segmentationStorage, SOPClass.labelMapSegmentationStorage].contains(root.text(.sopClassUID)) else {
      throw DICOMError(.unsupported, path: path, "no DICOM Segmentation: SOPClassUID (0008,0016)")
    }
    self.file = file
    sopInstanceUID = root.text(.sopInstanceUID) ?? ""
    frameOfReferenceUID = root.text(.frameOfReferenceUID) ?? ""
    let references = InstanceReferences(root)
    referencedSeriesInstanceUIDs = references.series
    referencedSOPInstanceUIDs = references.instances
    segments = Self.segments(root)
    let reader = SegmentationFrames(root: root, dataSet: dataSet, path: path, limits: limits)
    kind = try reader.kind()
    rows = root.int(.rows) ?? 0
    columns = root.int(.columns) ?? 0
    bitsAllocated = root.int(.bitsAllocated) ?? 0
    frames = try reader.frames(isLabelMap: kind == .labelMap)
    samples = try reader.samples(rows: rows, columns: columns, bitsAllocated: bitsAllocated, count: frames.count)
  }

  private static func segments(_ root: DataItem) -> [Segment] {
    root.children(0x0062_0002).compactMap { item in
      // A label map may describe its background, 0, too.
      guard let number = item.int(0x0062_0004), number > 0 else { return nil }
      return Segment(
        number: number, label: item.text(0x0062_0005) ?? "", propertyType: CodedConcept(item.child(0x0062_000F)),
        propertyCategory: CodedConcept(item.child(0x0062_0003)))
    }.sorted { $0.number < $1.number }
  }
}

/// The series and instances that an object refers to.
struct InstanceReferences {
  var series: Set<String> = []
  var instances: Set<String> = []

  init(_ root: DataItem) {
    for item in root.children(0x0008_1115) {
      if let uid = item.text(0x0020_000E) { series.insert(uid) }
      for instance in item.children(0x0008_114A) { add(instance) }
    }
    let groups =
      root.children(DICOMTag.perFrameFunctionalGroups.rawValue)
      + root.children(DICOMTag.sharedFunctionalGroups.rawValue)
    for group in groups {
      for derivation in group.children(0x0008_9124) {
        for source in derivation.children(0x0008_2112) { add(source) }
      }
    }
  }

  mutating func add(_ item: DataItem) {
    if let uid = item.text(0x0008_1155) { instances.insert(uid) }
  }
}
