import Foundation
internal import Imaging

/// A written Segmentation, read again and found to be the label map it was written from.
public struct SegmentationCheck: Sendable, Hashable {
  /// One label that occurs in the map.
  public struct Label: Sendable, Hashable {
    /// The label in the label map.
    public let label: UInt16
    /// SegmentNumber (0062,0004) that stands for it in the file.
    public let segmentNumber: Int
    /// Voxels, the same number in both.
    public let voxels: Int
    /// Mean position of the file's pixels, mm, LPS.
    public let centroid: SIMD3<Double>
    /// Its distance from the label map's, mm.
    public let centroidDistance: Double
  }

  /// SOPInstanceUID (0008,0018) of the file.
  public let sopInstanceUID: String
  /// The labels that occur, in the order of the segments.
  public let labels: [Label]

  /// Largest distance of a label's centroid in the file from that in the label map, mm. Positions are written as Decimal Strings of
  /// at most 16 characters, good to 1e-9 mm; only the direction cosines' rounding over a row's length adds to that.
  public static let centroidTolerance = 1e-3

  /// Reads `file` and compares; throws when a voxel or a centroid differs.
  init(
    _ output: SegmentationOutput, _ map: LabelMap, _ statistics: [UInt16: LabelStatistics], in file: URL
  ) throws(DICOMError) {
    let object = try SegmentationObject(file)
    try Self.compareVoxels(output, map, with: object)
    let extents = object.extents()
    var labels: [Label] = []
    for (index, segment) in output.segments.enumerated() {
      guard let expected = statistics[segment.label] else { continue }
      guard let found = extents[index + 1], found.pixels == expected.voxels else {
        throw Self.differs(file, "label \(segment.label) has another number of voxels")
      }
      let distance = (found.centroid - expected.centroid(in: map.geometry)).length
      guard distance <= Self.centroidTolerance else {
        throw Self.differs(file, "label \(segment.label) lies \(distance) mm from where it was drawn")
      }
      labels.append(
        Label(
          label: segment.label, segmentNumber: index + 1, voxels: found.pixels, centroid: found.centroid,
          centroidDistance: distance))
    }
    sopInstanceUID = object.sopInstanceUID
    self.labels = labels
  }

  private static func compareVoxels(
    _ output: SegmentationOutput, _ map: LabelMap, with object: SegmentationObject
  ) throws(DICOMError) {
    let back = try object.labels(on: map.geometry)
    let numbers = Dictionary(uniqueKeysWithValues: output.segments.enumerated().map { ($1.label, UInt16($0 + 1)) })
    let same = zip(map.voxels, back.labels.voxels).allSatisfy { written, read in
      written == 0 ? read == 0 : read != 0 && numbers[written] == read
    }
    guard same, !back.isResampled, back.overlappingVoxels == 0, back.pixelsOutside == 0 else {
      throw differs(object.file, "a voxel has another label")
    }
  }

  private static func differs(_ file: URL, _ what: String) -> DICOMError {
    DICOMError(.malformed, path: file.path, "what was written is not the label map: read again, \(what)")
  }
}
