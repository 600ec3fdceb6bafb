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
    switch await offPool({ isCancelled in try read(known: known, isCancelled: isCancelled) }) {
    case .success(let made): return made
    case .failure(let error as DICOMError): return Made(result: .refusal(unreadable(error)), digests: known)
    case .failure: throw CancellationError()
    }
  }

  /// Runs blocking work on a thread of its own kind; it is told when the task is cancelled.
  func offPool<Value: Sendable>(
    _ work: @escaping @Sendable (_ isCancelled: @Sendable () -> Bool) throws -> Value
  ) async -> Result<Value, any Error> {
    let cancelled = CancelFlag()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, any Error>, Never>) in
        DispatchQueue.global().async {
          continuation.resume(returning: Result { try work { cancelled.isSet } })
        }
      }
    } onCancel: {
      cancelled.set()
    }
  }

  func unreadable(_ error: DICOMError) -> Refusal {
    refusal("a file of the series cannot be read", files: [SetAside(error)])
  }

  var refusalBeforeReading: Refusal? {
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

  var planeCount: Int { stack.geometry.width * stack.geometry.height }

  func refusal(_ reason: String, isIncomplete: Bool = false, findings: [SeriesFinding] = [], files: [SetAside] = [])
    -> Refusal
  {
    Refusal(
      seriesInstanceUID: assembly.series.seriesInstanceUID, isIncomplete: isIncomplete,
      findings: assembly.findings + stack.findings + findings, files: files + assembly.setAside, reason: reason)
  }

  var reader: StackReader { StackReader(headers: assembly.series.headers, limits: limits) }

  var items: [StackReader.Item] { stack.planes.enumerated().map { StackReader.Item(plane: $1, slot: $0) } }

  var resampling: SliceResampling {
    SliceResampling(levels: stack.levels, depth: stack.geometry.depth, planeCount: planeCount)
  }

  func read(known: StackReader.Digests, isCancelled: @Sendable () -> Bool) throws -> Made {
    var digests = known
    let items = items
    let measured = try [Float](unsafeUninitializedCapacity: items.count * planeCount) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      digests = try reader.read(items, planeCount: planeCount, into: start, known: digests, isCancelled: isCancelled)
      count = items.count * planeCount
    }
    let comparison = try compareRepeats { plane, kept in
      let values = try self.values(of: plane, digests: &digests, isCancelled: isCancelled)
      return measured[kept * planeCount..<(kept + 1) * planeCount].elementsEqual(values)
    }
    if let refusal = contradiction(comparison) { return Made(result: .refusal(refusal), digests: digests) }
    let resampling = resampling
    let volume = Volume(geometry: stack.geometry, voxels: resampling.isIdentity ? measured : resampling.apply(measured))
    let scan = try scan(volume, sources: resampling.sources, digests: digests, more: comparison)
    return Made(result: .scan(scan), digests: digests)
  }

  /// The refusal when two files claim one position.
  func contradiction(_ comparison: [SeriesFinding]) -> Refusal? {
    guard comparison.contains(where: { $0.severity == .fatal }) else { return nil }
    return refusal("two files claim one position", findings: comparison)
  }

  /// The values of one plane.
  func values(
    of plane: PlaneReference, digests: inout StackReader.Digests, isCancelled: @Sendable () -> Bool
  ) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: planeCount) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      let item = StackReader.Item(plane: plane, slot: 0)
      digests = try reader.read([item], planeCount: planeCount, into: start, known: digests, isCancelled: isCancelled)
      count = planeCount
    }
  }

  /// Whether planes at one position are the same, pixel for pixel; `isSame` is asked of a repeat and the index of the plane that was kept.
  func compareRepeats(_ isSame: (PlaneReference, Int) throws -> Bool) rethrows -> [SeriesFinding] {
    try stack.repeats.map { kept, plane in
      let first = stack.planes[kept]
      return try isSame(plane, kept)
        ? .duplicateIdentical(kept: first.name, dropped: plane.name)
        : .duplicateDifferent(
          first: first.name, second: plane.name, position: first.position.dot(first.orientation.normal))
    }
  }
}

/// A flag that only ever goes up.
final class CancelFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
