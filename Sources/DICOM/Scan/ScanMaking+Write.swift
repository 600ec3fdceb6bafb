import Foundation
internal import Imaging

extension ScanMaking {
  /// Writes the volume at `file`. Throws a ``Refusal``, a `NIfTIError` or a `CancellationError`.
  func write(to file: URL) async throws -> WrittenVolume {
    if let refusal = refusalBeforeReading { throw refusal }
    switch await offPool({ isCancelled in try write(to: file, isCancelled: isCancelled) }) {
    case .success(let written): return written
    case .failure(let error as DICOMError): throw unreadable(error)
    case .failure(let error): throw error
    }
  }

  private func write(to file: URL, isCancelled: @Sendable () -> Bool) throws -> WrittenVolume {
    guard resampling.isIdentity else { return try writeResampled(to: file, isCancelled: isCancelled) }
    var digests: StackReader.Digests = [:]
    let comparison = try compareRepeats { plane, kept in
      try values(of: stack.planes[kept], digests: &digests, isCancelled: isCancelled)
        == values(of: plane, digests: &digests, isCancelled: isCancelled)
    }
    if let refusal = contradiction(comparison) { throw refusal }
    do {
      try stream(to: file, as: .int16, isCancelled: isCancelled)
    } catch is PlaneReader.WiderThanInt16 {
      try stream(to: file, as: .float32, isCancelled: isCancelled)
    }
    return written(file, findings: findings(comparison, interpolated: 0))
  }

  private func stream(
    to file: URL, as voxel: NIfTIPlaneWriter.Voxel, isCancelled: @Sendable () -> Bool
  ) throws {
    let writer = try NIfTIPlaneWriter(stack.geometry, voxel, to: file)
    try reader.stream(items, planeCount: planeCount, as: voxel, isCancelled: isCancelled) { plane, k in
      try writer.write(plane, k: k)
    }
    try writer.finish(isSynced: false)
  }

  /// A volume with planes between its slices: made whole, then written.
  private func writeResampled(to file: URL, isCancelled: @Sendable () -> Bool) throws -> WrittenVolume {
    switch try read(known: [:], isCancelled: isCancelled).result {
    case .refusal(let refusal): throw refusal
    case .scan(let scan):
      try NIfTI.write(scan.volume, to: file, isSynced: false)
      return written(file, findings: scan.findings)
    }
  }

  private func written(_ file: URL, findings: [SeriesFinding]) -> WrittenVolume {
    WrittenVolume(
      file: file, geometry: stack.geometry, seriesInstanceUID: assembly.series.seriesInstanceUID,
      instances: usedFiles.count, findings: findings, separatedBy: separatedBy)
  }
}
