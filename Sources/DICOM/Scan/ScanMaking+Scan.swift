internal import Digests
internal import Imaging

extension ScanMaking {
  /// The scan around a volume. `sources[k]` is the plane of the stack that plane `k` of the volume is, nil where it was interpolated.
  func scan(
    _ volume: Volume, sources: [Int?], digests: StackReader.Digests, more: [SeriesFinding]
  ) throws(DICOMError) -> Scan {
    let headers = assembly.series.headers
    let first = headers[stack.planes[0].file]
    var attributes = try DICOMAttributes(first.file, limits: limits)
    attributes.set(stack.separatedBy)
    return Scan(
      volume: volume, attributes: attributes, modality: first.modality,
      studyInstanceUID: assembly.series.studyInstanceUID, seriesInstanceUID: assembly.series.seriesInstanceUID,
      frameOfReferenceUID: first.frameOfReferenceUID, planes: sources.map { plane($0, headers: headers) },
      instances: instances(digests), skipped: assembly.setAside,
      findings: findings(more, interpolated: sources.count { $0 == nil }), evidence: assembly.evidence,
      separatedBy: separatedBy)
  }

  /// All findings about the volume.
  func findings(_ more: [SeriesFinding], interpolated: Int) -> [SeriesFinding] {
    assembly.findings + stack.findings + more + notes(assembly.series.headers[stack.planes[0].file])
      + (interpolated > 0 ? [.resampled(planes: interpolated)] : [])
  }

  /// What sets the volume apart from the series' others, by keyword.
  var separatedBy: [String: String] {
    Dictionary(uniqueKeysWithValues: stack.separatedBy.map { ($0.key.rawValue, $0.value) })
  }

  /// The files that went into the volume, as indices of the series' headers, ascending.
  var usedFiles: [Int] { Set(stack.planes.map { $0.file } + stack.repeats.map { $0.plane.file }).sorted() }

  private func plane(_ source: Int?, headers: [DICOMHeader]) -> ScanPlane {
    guard let source else { return ScanPlane(sopInstanceUID: nil, sopClassUID: "", frame: 1, isMultiFrame: false) }
    let plane = stack.planes[source]
    let header = headers[plane.file]
    return ScanPlane(
      sopInstanceUID: header.sopInstanceUID, sopClassUID: header.sopClassUID, frame: plane.frame + 1,
      isMultiFrame: header.frames.count > 1)
  }

  private func instances(_ digests: StackReader.Digests) -> [ScanInstance] {
    usedFiles.compactMap { file in
      let header = assembly.series.headers[file]
      return digests[file].map {
        ScanInstance(
          file: header.file, sopInstanceUID: header.sopInstanceUID, sopClassUID: header.sopClassUID,
          bytes: header.identity.size, sha256: $0)
      }
    }
  }

  private func notes(_ first: DICOMHeader) -> [SeriesFinding] {
    var notes: [SeriesFinding] = []
    if first.pixels?.photometricInterpretation == "MONOCHROME1" { notes.append(.monochrome1) }
    if let value = first.pixels?.pixelPaddingValue { notes.append(.padding(storedValue: value)) }
    if assembly.stacks.count > 1 {
      let by = stack.separatedBy.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" }
      notes.append(.oneOfSeveral(index: index, count: assembly.stacks.count, by: by))
    }
    return notes
  }
}
