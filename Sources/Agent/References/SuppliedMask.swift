internal import DICOM
internal import Foundation
internal import Imaging

/// A file that draws labels, and in which form.
struct SuppliedMask: Sendable, Hashable {
  /// How a mask is stored.
  enum Form: String, Sendable, CaseIterable {
    /// A NIfTI label map beside the scan's files.
    case nifti = "NIfTI"
    /// A DICOM Segmentation that refers to the scan.
    case segmentation = "DICOM SEG"
    /// A DICOM RT Structure Set that refers to the scan.
    case structureSet = "RTSTRUCT"

    /// The form of the DICOM object with this Modality (0008,0060); nil: no mask.
    init?(modality: String) {
      switch modality {
      case "SEG": self = .segmentation
      case "RTSTRUCT": self = .structureSet
      default: return nil
      }
    }
  }

  let file: URL
  let form: Form
}

/// A mask's labels on a scan's grid.
struct DrawnLabels {
  let labels: LabelMap
  /// Names of the numbers, where the form has names.
  var names: [Int: String] = [:]
  /// What had to be done to bring it there, and what was lost on the way.
  var notes: [String] = []
}

extension SuppliedMask {
  /// Reads the mask and brings it onto `grid`. One that does not overlap it is an error.
  func drawn(on grid: Geometry) throws(ReferenceError) -> DrawnLabels {
    do {
      return switch form {
      case .nifti: try nifti(on: grid)
      case .segmentation:
        try Self.drawn(SegmentationObject(file).segments, try SegmentationObject(file).labels(on: grid))
      case .structureSet: try Self.drawn(StructureSet(file).segments, try StructureSet(file).labels(on: grid))
      }
    } catch let error as NIfTIError {
      throw ReferenceError(file: file, reason: "the mask cannot be read: \(error.detail)")
    } catch let error as DICOMError {
      throw ReferenceError(file: file, reason: "the mask cannot be read: \(error.reason)")
    } catch is NoOverlap {
      throw ReferenceError(
        file: file, reason: "the mask does not overlap the scan: their fields of view have nothing in common")
    } catch {
      throw ReferenceError(file: file, reason: "the mask cannot be read")
    }
  }

  private struct NoOverlap: Error {}

  private func nifti(on grid: Geometry) throws -> DrawnLabels {
    let mask = try NIfTI.readLabels(file)
    guard mask.geometry.overlaps(grid) else { throw NoOverlap() }
    guard !mask.geometry.isSameGrid(as: grid) else { return DrawnLabels(labels: mask.resampledNearest(onto: grid)) }
    let note =
      "the mask has another grid (\(mask.geometry.shape) voxels); it was resampled onto the scan's by nearest neighbour"
    return DrawnLabels(labels: mask.resampledNearest(onto: grid), notes: [note])
  }

  private static func drawn(_ segments: [Segment], _ mask: PlacedMask) throws -> DrawnLabels {
    guard mask.pixelsOutside == 0 || mask.labels.voxels.contains(where: { $0 > 0 }) else { throw NoOverlap() }
    var drawn = DrawnLabels(labels: mask.labels)
    for segment in segments { drawn.names[segment.number] = segment.label }
    if mask.isResampled {
      drawn.notes.append("the mask has another grid; it was resampled onto the scan's by nearest neighbour")
    }
    if mask.overlappingVoxels > 0 {
      drawn.notes.append("\(mask.overlappingVoxels) voxels are in several segments; the highest number counts")
    }
    if mask.pixelsOutside > 0 { drawn.notes.append("\(mask.pixelsOutside) pixels or contours lie outside of the scan") }
    return drawn
  }
}
