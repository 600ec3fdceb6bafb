import Dispatch
internal import Digests
internal import Imaging
import Synchronization

/// Makes one scan from one stack: reads the pixels, compares repeats, fills in what a rule lets us interpolate.
struct ScanMaking: Sendable {
  let assembly: Assembly
  let index: Int
  let incomplete: IncompletePolicy
  let limits: DICOMLimits

  var stack: Stack { assembly.stacks[index] }

  struct Made: Sendable {
    let result: ConversionResult
    let digests: StackReader.Digests
  }

  /// The scan or the refusal. Blocking work runs off the cooperative pool; a cancelled task stops between files.
  func make(known: StackReader.Digests) async throws(CancellationError) -> Made {
    if let refusal = refusalBeforeReading { return Made(result: .refusal(refusal), digests: known) }
    let cancelled = CancelFlag()
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Made, any Error>, Never>) in
        DispatchQueue.global().async {
          continuation.resume(returning: Result { try read(known: known, isCancelled: { cancelled.isSet }) })
        }
      }
    } onCancel: {
      cancelled.set()
    }
    switch outcome {
    case .success(let made): return made
    case .failure(let error as DICOMError):
      let refusal = refusal("a file of the series cannot be read", files: [SetAside(error)])
      return Made(result: .refusal(refusal), digests: known)
    case .failure: throw CancellationError()
    }
  }

  private var refusalBeforeReading: Refusal? {
    if stack.severity == .fatal { return refusal("the slices make no volume") }
    if stack.severity == .incomplete, incomplete == .refuse {
      return refusal("the series is incomplete", isIncomplete: true)
    }
    let voxels = stack.geometry.count + stack.repeats.count * planeCount
    guard voxels <= limits.voxels, stack.geometry.depth <= 100 * stack.planes.count + 100 else {
      return refusal("\(voxels) voxels, more than the budget of \(limits.voxels)")
    }
    let upright = stack.geometry.uprightVoxels
    guard upright <= Double(limits.voxels) else {
      return refusal(
        "the stack leans so far that its right-angled grid has \(upright.rounded()) voxels, more than the budget of \(limits.voxels)"
      )
    }
    return nil
  }

  private var planeCount: Int { stack.geometry.width * stack.geometry.height }

  func refusal(_ reason: String, isIncomplete: Bool = false, findings: [SeriesFinding] = [], files: [SetAside] = [])
    -> Refusal
  {
    Refusal(
      seriesInstanceUID: assembly.series.seriesInstanceUID, isIncomplete: isIncomplete,
      findings: assembly.findings + stack.findings + findings, files: files + assembly.setAside, reason: reason)
  }

  private func read(known: StackReader.Digests, isCancelled: @Sendable () -> Bool) throws -> Made {
    let reader = StackReader(headers: assembly.series.headers, limits: limits)
    var digests = known
    let items = stack.planes.enumerated().map { StackReader.Item(plane: $1, slot: $0) }
    let measured = try [Float](unsafeUninitializedCapacity: items.count * planeCount) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      digests = try reader.read(items, planeCount: planeCount, into: start, known: digests, isCancelled: isCancelled)
      count = items.count * planeCount
    }
    let comparison = try compareRepeats(with: measured, reader: reader, digests: &digests, isCancelled: isCancelled)
    if comparison.contains(where: { $0.severity == .fatal }) {
      return Made(result: .refusal(refusal("two files claim one position", findings: comparison)), digests: digests)
    }
    let resampling = SliceResampling(levels: stack.levels, depth: stack.geometry.depth, planeCount: planeCount)
    let volume = Volume(geometry: stack.geometry, voxels: resampling.isIdentity ? measured : resampling.apply(measured))
    let scan = try scan(volume, sources: resampling.sources, digests: digests, more: comparison)
    return Made(result: .scan(scan), digests: digests)
  }

  /// Whether planes at one position are the same, pixel for pixel.
  private func compareRepeats(
    with measured: [Float], reader: StackReader, digests: inout StackReader.Digests, isCancelled: @Sendable () -> Bool
  ) throws -> [SeriesFinding] {
    var findings: [SeriesFinding] = []
    var values = [Float](repeating: 0, count: stack.repeats.isEmpty ? 0 : planeCount)
    for (kept, plane) in stack.repeats {
      try values.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        let item = StackReader.Item(plane: plane, slot: 0)
        digests = try reader.read([item], planeCount: planeCount, into: start, known: digests, isCancelled: isCancelled)
      }
      let first = stack.planes[kept]
      let same = measured[kept * planeCount..<(kept + 1) * planeCount].elementsEqual(values)
      findings.append(
        same
          ? .duplicateIdentical(kept: first.name, dropped: plane.name)
          : .duplicateDifferent(
            first: first.name, second: plane.name, position: first.position.dot(first.orientation.normal)))
    }
    return findings
  }
}

/// A flag that only ever goes up.
final class CancelFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
