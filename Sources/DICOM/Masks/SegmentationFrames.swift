internal import CDCMTK

/// Reads the frames of a Segmentation.
struct SegmentationFrames {
  let root: DataItem
  let dataSet: DataSet
  let path: String
  let limits: DICOMLimits

  func kind() throws(DICOMError) -> SegmentationObject.Kind {
    switch root.text(0x0062_0001) {
    case "BINARY": return .binary
    case "FRACTIONAL": return .fractional(maximum: max(1, root.int(0x0062_000E) ?? 255))
    case "LABELMAP": return .labelMap
    case let other:
      throw DICOMError(.malformed, path: path, "SegmentationType (0062,0001) is \"\(other ?? "")\"")
    }
  }

  func frames(isLabelMap: Bool) throws(DICOMError) -> [SegmentationObject.Frame] {
    let headers = FrameReader.frames(root)
    guard headers.count == root.int(.numberOfFrames) else {
      throw DICOMError(
        .malformed, path: path,
        "NumberOfFrames (0028,0008) is not the number of per-frame functional groups, \(headers.count)")
    }
    var frames: [SegmentationObject.Frame] = []
    let shared = root.child(.sharedFunctionalGroups)
    for (index, header) in headers.enumerated() {
      guard let position = header.imagePositionPatient, let orientation = header.imageOrientationPatient,
        let spacing = header.pixelSpacing
      else { throw DICOMError(.malformed, path: path, "frame \(index + 1) does not say where it lies") }
      let macros = Macros(frame: root.child(.perFrameFunctionalGroups, index), shared: shared)
      let segment = macros[0x0062_000A]?.int(0x0062_000B)
      guard let number = isLabelMap ? 0 : segment, (0...65535).contains(number) else {
        throw DICOMError(.malformed, path: path, "frame \(index + 1) names no ReferencedSegmentNumber (0062,000B)")
      }
      frames.append(
        .init(
          segment: number, position: position, orientation: orientation, spacing: spacing,
          thickness: header.spacingBetweenSlices ?? header.sliceThickness))
    }
    return frames
  }

  /// All pixels: packed bits, or bytes, or words.
  func samples(rows: Int, columns: Int, bitsAllocated: Int, count: Int) throws(DICOMError) -> [UInt8] {
    guard (1...65535).contains(rows), (1...65535).contains(columns), [1, 8, 16].contains(bitsAllocated) else {
      throw DICOMError(
        .malformed, path: path, "Rows, Columns or BitsAllocated of the Segmentation are absent or absurd")
    }
    let (bits, overflow) = (rows * columns * bitsAllocated).multipliedReportingOverflow(by: count)
    guard !overflow, bits / bitsAllocated <= limits.voxels else {
      throw DICOMError(.overBudget, path: path, "\(count) frames of \(rows) x \(columns), more than the budget")
    }
    var length = 0
    if let native = vigil_dicom_native_pixels(dataSet.handle, &length) {
      guard length >= (bits + 7) / 8 else {
        throw DICOMError(
          .malformed, path: path, "\(length) bytes of PixelData (7FE0,0010) where \((bits + 7) / 8) belong")
      }
      return Array(UnsafeBufferPointer(start: native, count: (bits + 7) / 8))
    }
    guard bitsAllocated > 1 else {
      throw DICOMError(.unsupported, path: path, "compressed binary segmentations, or big endian ones")
    }
    return try decoded(frameBytes: rows * columns * bitsAllocated / 8, count: count)
  }

  private func decoded(frameBytes: Int, count: Int) throws(DICOMError) -> [UInt8] {
    var samples: [UInt8] = []
    var frame = [UInt8](repeating: 0, count: frameBytes + frameBytes % 2)
    for index in 0..<count {
      var sampleBytes: UInt32 = 0
      var reason = ErrorText()
      let good = reason.catching { error, room in
        vigil_dicom_decode_frame(dataSet.handle, UInt32(index), &frame, frame.count, &sampleBytes, error, room)
      }
      guard good else { throw DICOMError(.malformed, path: path, "frame \(index + 1): \(reason.text)") }
      samples += frame.prefix(frameBytes)
    }
    return samples
  }
}
