/// Which files can be slices of a volume at all, by their headers alone.
enum Screening {
  /// Why the file is in no volume; nil when it can be.
  static func refusal(_ header: DICOMHeader) -> SetAside? {
    kind(header) ?? localizer(header) ?? mosaic(header) ?? pixels(header) ?? frames(header)
  }

  private static func kind(_ header: DICOMHeader) -> SetAside? {
    let attribute = "SOPClassUID (0008,0016)"
    if SOPClass.volumes[header.sopClassUID] != nil { return nil }
    if let name = SOPClass.others[header.sopClassUID] {
      return SetAside(header, attribute, "\(name) holds no slices of a CT, MR or PET volume")
    }
    if !header.sopClassUID.isEmpty {
      return SetAside(header, attribute, "SOP class \(header.sopClassUID) is not one of CT, MR or PET images")
    }
    if ["CT", "MR", "PT"].contains(header.modality) { return nil }
    return SetAside(
      header, attribute, "no SOPClassUID, and Modality (0008,0060) \"\(header.modality)\" is not CT, MR or PT")
  }

  /// ImageType values of images that show a volume rather than being part of one.
  private static let screens: Set<String> = ["SCREEN SAVE", "SCREENSHOT", "POSDISP", "DOSE_INFO", "SCREENSAVE"]

  private static func localizer(_ header: DICOMHeader) -> SetAside? {
    let attribute = "ImageType (0008,0008)"
    if header.imageType.contains("LOCALIZER") { return SetAside(header, attribute, "a localizer") }
    if let screen = header.imageType.first(where: screens.contains) {
      return SetAside(header, attribute, "a derived screen (\(screen))")
    }
    return nil
  }

  private static func mosaic(_ header: DICOMHeader) -> SetAside? {
    guard let mosaic = header.mosaic, let pixels = header.pixels else { return nil }
    guard let tiles = mosaic.tiles else {
      return SetAside(header, "ImageType (0008,0008)", "a Siemens mosaic that does not say how many slices it holds")
    }
    guard pixels.rows % tiles == 0, pixels.columns % tiles == 0, pixels.numberOfFrames == 1 else {
      return SetAside(header, "Rows (0028,0010)", "a Siemens mosaic that cannot be cut into \(tiles) x \(tiles) tiles")
    }
    guard let step = header.frames.first?.spacingBetweenSlices ?? header.frames.first?.sliceThickness,
      GeometryTolerance.distances.contains(step)
    else {
      return SetAside(header, "SpacingBetweenSlices (0018,0088)", "a Siemens mosaic without a distance between slices")
    }
    return nil
  }

  private static func pixels(_ header: DICOMHeader) -> SetAside? {
    guard let pixels = header.pixels else {
      return SetAside(header, "Rows (0028,0010)", "no Rows or no Columns: no image")
    }
    guard pixels.hasPixelData else { return SetAside(header, "PixelData (7FE0,0010)", "no pixel data") }
    guard pixels.samplesPerPixel == 1 else {
      return SetAside(
        header, "SamplesPerPixel (0028,0002)", "\(pixels.samplesPerPixel) samples per pixel: a colour image")
    }
    guard ["MONOCHROME1", "MONOCHROME2"].contains(pixels.photometricInterpretation) else {
      return SetAside(
        header, "PhotometricInterpretation (0028,0004)",
        "\(pixels.photometricInterpretation.isEmpty ? "absent" : pixels.photometricInterpretation), not MONOCHROME1 or MONOCHROME2"
      )
    }
    guard [8, 16, 32].contains(pixels.bitsAllocated) else {
      return SetAside(
        header, "BitsAllocated (0028,0100)", "\(pixels.bitsAllocated) bits allocated; 8, 16 or 32 can be converted")
    }
    guard (1...pixels.bitsAllocated).contains(pixels.bitsStored),
      (pixels.bitsStored - 1..<pixels.bitsAllocated).contains(pixels.highBit)
    else {
      return SetAside(
        header, "HighBit (0028,0102)",
        "BitsStored \(pixels.bitsStored) and HighBit \(pixels.highBit) do not fit BitsAllocated \(pixels.bitsAllocated)"
      )
    }
    guard let frameBytes = pixels.frameBytes else {
      return SetAside(header, "Rows (0028,0010)", "\(pixels.rows) rows and \(pixels.columns) columns are no image")
    }
    return length(header, pixels, frameBytes: frameBytes)
  }

  private static func length(_ header: DICOMHeader, _ pixels: PixelDescription, frameBytes: Int) -> SetAside? {
    guard (1...FrameReader.mostFrames).contains(pixels.numberOfFrames) else {
      return SetAside(header, "NumberOfFrames (0028,0008)", "\(pixels.numberOfFrames) frames")
    }
    if pixels.isEncapsulated { return nil }
    guard !pixels.isTruncated else {
      return SetAside(header, "PixelData (7FE0,0010)", "the file is cut short: it ends before its pixel data do")
    }
    let needed = frameBytes.multipliedReportingOverflow(by: pixels.numberOfFrames)
    guard !needed.overflow, pixels.length >= needed.partialValue else {
      return SetAside(
        header, "PixelData (7FE0,0010)",
        "\(pixels.length) bytes of pixel data where Rows, Columns, BitsAllocated and NumberOfFrames ask for "
          + (needed.overflow ? "more than a machine holds" : "\(needed.partialValue)"))
    }
    return nil
  }

  private static func frames(_ header: DICOMHeader) -> SetAside? {
    guard let pixels = header.pixels, pixels.numberOfFrames == header.frames.count else {
      return SetAside(
        header, "NumberOfFrames (0028,0008)",
        "\(header.pixels?.numberOfFrames ?? 0) frames, but positions for \(header.frames.count)")
    }
    for (index, frame) in header.frames.enumerated() {
      let which = header.frames.count > 1 ? "frame \(index + 1): " : ""
      if let problem = geometry(frame) { return SetAside(header, problem.attribute, which + problem.reason) }
    }
    return nil
  }

  private static func geometry(_ frame: FrameHeader) -> (attribute: String, reason: String)? {
    guard let position = frame.imagePositionPatient else {
      return ("ImagePositionPatient (0020,0032)", "no ImagePositionPatient: where the slice lies is unknown")
    }
    let farthest = GeometryTolerance.farthest
    guard position.max() <= farthest, position.min() >= -farthest else {
      return ("ImagePositionPatient (0020,0032)", "a position more than a kilometre away")
    }
    guard let orientation = frame.imageOrientationPatient else {
      return ("ImageOrientationPatient (0020,0037)", "no ImageOrientationPatient: how the slice lies is unknown")
    }
    guard orientation.isOrthonormal else {
      return ("ImageOrientationPatient (0020,0037)", "its cosines are no two unit vectors at right angles")
    }
    guard let spacing = frame.pixelSpacing else {
      return ("PixelSpacing (0028,0030)", "no PixelSpacing: how large the pixels are is unknown")
    }
    let distances = GeometryTolerance.distances
    guard distances.contains(spacing.x), distances.contains(spacing.y) else {
      return ("PixelSpacing (0028,0030)", "pixels of \(spacing.x) x \(spacing.y) mm")
    }
    return rescale(frame)
  }

  /// The largest values of 32 bits, rescaled, must stay within Float.
  private static func rescale(_ frame: FrameHeader) -> (attribute: String, reason: String)? {
    guard frame.rescaleSlope.isFinite, frame.rescaleSlope != 0, frame.rescaleIntercept.isFinite else {
      return ("RescaleSlope (0028,1053)", "RescaleSlope \(frame.rescaleSlope) makes every value the same or none")
    }
    guard abs(frame.rescaleSlope) <= 1e25, abs(frame.rescaleIntercept) <= 1e35 else {
      return ("RescaleSlope (0028,1053)", "RescaleSlope or RescaleIntercept makes values too large for a number")
    }
    return nil
  }
}
