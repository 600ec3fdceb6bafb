import Digests
import Foundation
import Imaging

/// What the conversion needs of one single-frame image.
struct SliceHeader: Sendable {
  let instance: Scan.Instance
  let seriesKey: String
  let sopInstanceUID: String
  let rows: Int
  let columns: Int
  let bitsAllocated: Int
  let bitsStored: Int
  let highBit: Int
  let isSigned: Bool
  let slope: Double
  let intercept: Double
  let position: SIMD3<Double>
  /// Direction in which the column index grows: the first three numbers of ImageOrientationPatient.
  let rowDirection: SIMD3<Double>
  /// Direction in which the row index grows.
  let columnDirection: SIMD3<Double>
  /// PixelSpacing: between rows, between columns, mm.
  let pixelSpacing: (row: Double, column: Double)
  let sliceSpacing: Double?

  var path: String { instance.path }
  var byteCount: Int { rows * columns * bitsAllocated / 8 }
  var normal: SIMD3<Double> { rowDirection.cross(columnDirection) }

  /// Largest image that is read, pixels.
  static let largestImage = 16384 * 16384
  /// Direction cosines are written with six digits or so: they must be unit vectors at right angles to 1e-3.
  static let cosineTolerance = 1e-3

  /// SOP classes of single-frame images that are converted (PS3.4 B.5).
  static let imageClasses = [
    "1.2.840.10008.5.1.4.1.1.2": "CT Image Storage", "1.2.840.10008.5.1.4.1.1.4": "MR Image Storage",
    "1.2.840.10008.5.1.4.1.1.128": "Positron Emission Tomography Image Storage",
  ]

  init(_ dataset: DICOMDataset, _ instance: Scan.Instance) throws(SliceRefusal) {
    func fail(_ reason: String) -> SliceRefusal { SliceRefusal(path: instance.path, reason: reason) }
    self.instance = instance
    seriesKey = SeriesKey.of(dataset, path: instance.path)
    sopInstanceUID = dataset.text(.sopInstanceUID) ?? ""
    try Self.checkKind(dataset, fail)
    guard let rows = dataset.integer(.rows), let columns = dataset.integer(.columns), rows > 0, columns > 0,
      rows * columns <= Self.largestImage
    else { throw fail("Rows (0028,0010) and Columns (0028,0011) give no image of a usable size") }
    guard let allocated = dataset.integer(.bitsAllocated), [8, 16].contains(allocated) else {
      throw fail("BitsAllocated (0028,0100) is \(dataset.text(.bitsAllocated) ?? "absent"), expected 8 or 16")
    }
    let stored = dataset.integer(.bitsStored) ?? allocated
    let high = dataset.integer(.highBit) ?? stored - 1
    guard (1...allocated).contains(stored), (stored - 1..<allocated).contains(high) else {
      throw fail("BitsStored (0028,0101) \(stored) and HighBit (0028,0102) \(high) do not fit \(allocated) bits")
    }
    guard let position = dataset.numbers(.imagePositionPatient), position.count == 3 else {
      throw fail("ImagePositionPatient (0020,0032) is absent or not three numbers")
    }
    guard let cosines = dataset.numbers(.imageOrientationPatient), cosines.count == 6 else {
      throw fail("ImageOrientationPatient (0020,0037) is absent or not six numbers")
    }
    guard let spacing = dataset.numbers(.pixelSpacing), spacing.count == 2, spacing.allSatisfy({ $0 > 0 }) else {
      throw fail("PixelSpacing (0028,0030) is absent or not two positive numbers")
    }
    (self.rows, self.columns) = (rows, columns)
    (bitsAllocated, bitsStored, highBit) = (allocated, stored, high)
    isSigned = dataset.integer(.pixelRepresentation) == 1
    slope = dataset.number(.rescaleSlope) ?? 1
    intercept = dataset.number(.rescaleIntercept) ?? 0
    self.position = SIMD3(position[0], position[1], position[2])
    rowDirection = SIMD3(cosines[0], cosines[1], cosines[2])
    columnDirection = SIMD3(cosines[3], cosines[4], cosines[5])
    pixelSpacing = (spacing[0], spacing[1])
    sliceSpacing = [DICOMTag.spacingBetweenSlices, .sliceThickness].compactMap { dataset.number($0) }.first { $0 > 0 }
    guard abs(rowDirection.length - 1) < Self.cosineTolerance, abs(columnDirection.length - 1) < Self.cosineTolerance,
      abs(rowDirection.dot(columnDirection)) < Self.cosineTolerance
    else { throw fail("ImageOrientationPatient (0020,0037) is no pair of unit vectors at right angles") }
  }

  /// One image of grey values of a kind that is converted.
  private static func checkKind(
    _ dataset: DICOMDataset, _ fail: (String) -> SliceRefusal
  ) throws(SliceRefusal) {
    let sopClass = dataset.text(.sopClassUID) ?? ""
    guard imageClasses[sopClass] != nil else {
      throw fail("SOPClassUID (0008,0016) is \(sopClass): converted are \(imageClasses.values.sorted().joined(separator: ", "))")
    }
    let type = dataset.texts(.imageType)
    guard !type.contains("MOSAIC") else { throw fail("ImageType (0008,0008) says MOSAIC: mosaics are not converted yet") }
    guard (dataset.integer(.numberOfFrames) ?? 1) == 1 else {
      throw fail("NumberOfFrames (0028,0008) is \(dataset.text(.numberOfFrames) ?? ""): multi-frame images are not converted yet")
    }
    let photometric = dataset.text(.photometricInterpretation) ?? ""
    guard (dataset.integer(.samplesPerPixel) ?? 1) == 1, ["MONOCHROME1", "MONOCHROME2"].contains(photometric) else {
      throw fail("PhotometricInterpretation (0028,0004) is \(photometric): expected grey values")
    }
  }
}

/// One file of a series cannot be used.
struct SliceRefusal: Error, Sendable {
  let path: String
  let reason: String
}
