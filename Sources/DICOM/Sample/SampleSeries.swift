import Digests
public import Foundation
public import Imaging

/// Writes a volume as a DICOM series that conforms to the MR Image IOD (PS3.3 A.4), one file a slice: to try things with.
///
/// Rows run along `iStep`, columns along `jStep`, slices along `kStep`, which must be at right angles. The MR IOD knows no
/// rescale, so whole numbers that 16 bits hold are stored as they are, and anything else is scaled to 0...4095 and rounded.
/// UIDs are made from the contents: the same volume gives the same files.
public struct SampleSeries: Sendable {
  /// SeriesDescription.
  public let description: String

  /// Series with this description.
  public init(description: String) { self.description = description }

  /// Axes may differ from right angles by this cosine: NIfTI's single precision leaves less.
  static let rightAngleTolerance = 1e-4

  /// Writes `folder/slice-0001.dcm` and so on; the folder is made. Returns the files.
  public func write(_ volume: Volume, to folder: URL) throws(SampleError) -> [URL] {
    let geometry = volume.geometry
    try check(geometry)
    let stored = StoredVolume(volume)
    let identity = SHA256Digest(of: stored.signature(of: geometry) + description)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw SampleError(description: "\(folder.path) cannot be made: \(error.localizedDescription)")
    }
    var files: [URL] = []
    for k in 0..<geometry.depth {
      let number = String(10001 + k).dropFirst()
      let file = folder.appending(path: "slice-\(number).dcm")
      try write(slice: k, of: geometry, stored, identity, to: file)
      files.append(file)
    }
    return files
  }

  private func check(_ geometry: Geometry) throws(SampleError) {
    let units = [geometry.iStep, geometry.jStep, geometry.kStep].map { $0 / $0.length }
    let cosines = [units[0].dot(units[1]), units[0].dot(units[2]), units[1].dot(units[2])]
    guard cosines.allSatisfy({ abs($0) < Self.rightAngleTolerance }) else {
      throw SampleError(description: "the image's axes are not at right angles, which a DICOM slice cannot say")
    }
    guard geometry.width < 65536, geometry.height < 65536, geometry.depth < 10000 else {
      throw SampleError(description: "the image is too large for a sample: \(geometry.shape) voxels")
    }
  }

  private func write(
    slice k: Int, of geometry: Geometry, _ stored: StoredVolume, _ identity: SHA256Digest, to file: URL
  ) throws(SampleError) {
    guard let dataset = DICOMDataset() else { throw SampleError(description: "out of memory") }
    let origin = geometry.position(i: 0, j: 0, k: Double(k))
    let (row, column) = (geometry.iStep / geometry.iStep.length, geometry.jStep / geometry.jStep.length)
    var values = fixedAttributes(identity)
    values += [
      (DICOMTag(0x0008, 0x0018), Self.uid(identity, "instance \(k)")), (DICOMTag(0x0020, 0x0013), "\(k + 1)"),
      (.imagePositionPatient, Self.decimals([origin.x, origin.y, origin.z])),
      (.imageOrientationPatient, Self.decimals([row.x, row.y, row.z, column.x, column.y, column.z])),
      (.pixelSpacing, Self.decimals([geometry.jStep.length, geometry.iStep.length])),
      (.sliceThickness, Self.decimals([geometry.kStep.length])),
      (.spacingBetweenSlices, Self.decimals([geometry.kStep.length])),
      (.rows, "\(geometry.height)"), (.columns, "\(geometry.width)"),
      (.pixelRepresentation, stored.isSigned ? "1" : "0"),
    ]
    for (tag, value) in values where !dataset.put(value, tag) {
      throw SampleError(description: "DCMTK does not take \(value) for (\(tag.group),\(tag.element))")
    }
    guard dataset.put(pixels: stored.plane(k, of: geometry)) else { throw SampleError(description: "out of memory") }
    do throws(DICOMFileError) { try dataset.save(to: file.path) } catch { throw SampleError(description: "\(error)") }
  }

  private func fixedAttributes(_ identity: SHA256Digest) -> [(DICOMTag, String)] {
    [
      (.imageType, "ORIGINAL\\PRIMARY\\OTHER"), (.sopClassUID, "1.2.840.10008.5.1.4.1.1.4"), (.studyDate, "20000101"),
      (DICOMTag(0x0008, 0x0030), "120000"), (DICOMTag(0x0008, 0x0050), ""), (.modality, "MR"),
      (DICOMTag(0x0008, 0x0070), "Vigil"), (DICOMTag(0x0008, 0x0090), ""), (.seriesDescription, String(description.prefix(64))),
      (DICOMTag(0x0010, 0x0010), "Vigil^Sample"), (DICOMTag(0x0010, 0x0020), "VIGIL-SAMPLE"),
      (DICOMTag(0x0010, 0x0030), ""), (DICOMTag(0x0010, 0x0040), ""), (DICOMTag(0x0018, 0x0015), "BRAIN"),
      (DICOMTag(0x0018, 0x0020), "GR"), (DICOMTag(0x0018, 0x0021), "NONE"), (DICOMTag(0x0018, 0x0022), ""),
      (DICOMTag(0x0018, 0x0023), "3D"), (DICOMTag(0x0018, 0x0080), ""), (DICOMTag(0x0018, 0x0081), ""),
      (DICOMTag(0x0018, 0x0091), ""), (DICOMTag(0x0018, 0x5100), "HFS"),
      (.studyInstanceUID, Self.uid(identity, "study")), (.seriesInstanceUID, Self.uid(identity, "series")),
      (DICOMTag(0x0020, 0x0010), "1"), (DICOMTag(0x0020, 0x0011), "1"),
      (DICOMTag(0x0020, 0x0052), Self.uid(identity, "frame of reference")), (DICOMTag(0x0020, 0x1040), ""),
      (.samplesPerPixel, "1"), (.photometricInterpretation, "MONOCHROME2"), (.bitsAllocated, "16"), (.bitsStored, "16"),
      (.highBit, "15"),
    ]
  }

  /// A UID below 2.25 (PS3.5 B.2): 128 bits of the digest of identity and name as a decimal number.
  static func uid(_ identity: SHA256Digest, _ name: String) -> String {
    let bytes = SHA256Digest(of: "\(identity) \(name)").bytes.prefix(16)
    return "2.25.\(bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })"
  }

  /// DICOM's decimal strings have at most 16 bytes (PS3.5 6.2).
  static func decimals(_ values: [Double]) -> String {
    values.map { value in
      let text = "\(value)"
      if text.utf8.count <= 16, !text.contains("e") { return text }
      var digits = 12
      while digits > 0 {
        let text = String(format: "%.\(digits)f", value)
        if text.utf8.count <= 16 { return text }
        digits -= 1
      }
      return String(format: "%.0f", value)
    }.joined(separator: "\\")
  }
}

/// A sample could not be written.
public struct SampleError: Error, Sendable, CustomStringConvertible {
  /// What was wrong.
  public let description: String
}

/// The volume's values as DICOM stores them.
private struct StoredVolume {
  let isSigned: Bool
  private let values: [UInt16]

  init(_ volume: Volume) {
    let finite = volume.voxels.map { $0.isFinite ? $0 : 0 }
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    let isWhole = finite.allSatisfy { $0 == $0.rounded() }
    isSigned = isWhole && low < 0 && low >= -32768 && high <= 32767
    if isSigned {
      values = finite.map { UInt16(bitPattern: Int16($0)) }
    } else if isWhole, low >= 0, high <= 65535 {
      values = finite.map { UInt16($0) }
    } else {
      let scale = high > low ? 4095 / (high - low) : 0
      values = finite.map { UInt16((($0 - low) * scale).rounded()) }
    }
  }

  func plane(_ k: Int, of geometry: Geometry) -> [UInt16] {
    let count = geometry.width * geometry.height
    return Array(values[k * count..<(k + 1) * count])
  }

  /// A text that only the same volume has.
  func signature(of geometry: Geometry) -> String {
    let digest = values.withUnsafeBytes { SHA256Digest(of: $0) }
    return "\(digest) \(geometry)"
  }
}
