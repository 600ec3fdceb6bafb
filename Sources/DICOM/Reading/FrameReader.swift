/// Reads ``FrameHeader``s.
enum FrameReader {
  /// More frames than a file can have; a functional MRI of 500 volumes has 30,000.
  static let mostFrames = 100_000

  /// The frames of a data set: one without functional groups, or with more than ``mostFrames``; otherwise one for each item of the
  /// per-frame functional groups.
  static func frames(_ root: DataItem) -> [FrameHeader] {
    let perFrame = root.count(DICOMTag.perFrameFunctionalGroups.rawValue) ?? 0
    let shared = root.child(.sharedFunctionalGroups)
    guard perFrame > 0 || shared != nil, perFrame <= mostFrames else { return [classic(root)] }
    let whole = classic(root)
    return (0..<max(perFrame, 1)).map { index in
      let item = root.child(.perFrameFunctionalGroups, index)
      return frame(Macros(frame: item, shared: shared), otherwise: whole)
    }
  }

  private static func classic(_ root: DataItem) -> FrameHeader {
    FrameHeader(
      imagePositionPatient: SIMD3(values: root.doubles(.imagePositionPatient)),
      imageOrientationPatient: ImageOrientation(root.doubles(.imageOrientationPatient)),
      pixelSpacing: spacing(root.doubles(.pixelSpacing)),
      rescaleSlope: root.double(.rescaleSlope) ?? 1,
      rescaleIntercept: root.double(.rescaleIntercept) ?? 0,
      sliceThickness: root.double(.sliceThickness),
      spacingBetweenSlices: root.double(.spacingBetweenSlices),
      distinctions: distinctions { distinction in
        for tag in distinction.classicTags {
          if let text = root.text(tag) ?? root.numberText(tag) { return text }
        }
        return nil
      })
  }

  private static func frame(_ macros: Macros, otherwise whole: FrameHeader) -> FrameHeader {
    let measures = macros[DICOMTag.pixelMeasures.rawValue]
    let values = macros[DICOMTag.pixelValueTransformation.rawValue]
    let position = macros[DICOMTag.planePosition.rawValue]?.doubles(.imagePositionPatient)
    let orientation = macros[DICOMTag.planeOrientation.rawValue]?.doubles(.imageOrientationPatient)
    return FrameHeader(
      imagePositionPatient: SIMD3(values: position) ?? whole.imagePositionPatient,
      imageOrientationPatient: ImageOrientation(orientation) ?? whole.imageOrientationPatient,
      pixelSpacing: spacing(measures?.doubles(.pixelSpacing)) ?? whole.pixelSpacing,
      rescaleSlope: values?.double(.rescaleSlope) ?? whole.rescaleSlope,
      rescaleIntercept: values?.double(.rescaleIntercept) ?? whole.rescaleIntercept,
      sliceThickness: measures?.double(.sliceThickness) ?? whole.sliceThickness,
      spacingBetweenSlices: measures?.double(.spacingBetweenSlices) ?? whole.spacingBetweenSlices,
      distinctions: whole.distinctions.merging(
        distinctions { distinction in
          if distinction == .diffusionGradientOrientation {
            return macros[0x0018_9117]?.child(0x0018_9076)?.numberText(0x0018_9089)
          }
          for (macro, tag) in distinction.functionalGroupTags {
            if let text = macros[macro]?.text(tag) { return text }
          }
          return nil
        }
      ) { $1 })
  }

  private static func distinctions(_ text: (Distinction) -> String?) -> [Distinction: String] {
    var found: [Distinction: String] = [:]
    for distinction in Distinction.allCases {
      if let value = text(distinction) { found[distinction] = value }
    }
    return found
  }

  private static func spacing(_ values: [Double]?) -> SIMD2<Double>? {
    guard let v = values, v.count == 2, v.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
    return SIMD2(v[0], v[1])
  }
}

/// The functional groups that hold for one frame: its own, else the shared ones.
struct Macros {
  let frame: DataItem?
  let shared: DataItem?

  subscript(tag: UInt32) -> DataItem? { frame?.child(tag) ?? shared?.child(tag) }
}

extension DataItem {
  /// Binary numbers as text; also a maker's private text that a file calls UN.
  func numberText(_ tag: UInt32) -> String? {
    if let numbers = doubles(tag), !numbers.isEmpty { return numbers.map { "\($0)" }.joined(separator: "\\") }
    guard let bytes = bytes(tag), !bytes.isEmpty, bytes.count <= 64 else { return nil }
    guard bytes.allSatisfy({ $0 == 0 || (0x20..<0x7F).contains($0) }) else {
      return bytes.map { String($0, radix: 16) }.joined(separator: " ")
    }
    let text = String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self).trimmingPrefix(" ")
    return text.isEmpty ? nil : String(text)
  }
}
