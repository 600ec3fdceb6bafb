public import Networks
public import Preprocessing
import Tensors

/// Most bytes that a process holds while one model runs over one scan, known before it runs.
public struct ScanMemory: Sendable, Equatable, Codable {
  /// The process itself: code, libraries, what loading a model leaves behind.
  public let process: Int
  /// The weights of every model of the ensemble and of all folds, with the transforms that are kept.
  public let weights: Int
  /// Volumes of the scan that are kept meanwhile, by the caller or for the models that follow, and logits of those before.
  public let scan: Int
  /// The prepared scan, its logits and one window.
  public let volume: Int
  /// One forward pass.
  public let activations: Int
  /// Making labels, and probabilities where they are wanted, out of the logits, when the activations are gone.
  public let labels: Int

  /// At the worst moment; a sixteenth more than the parts, for huge pages that are not filled and for gaps in the heap (measured on a
  /// 512 x 512 x 200 CT: 1171 MiB where the parts make 1146).
  public var total: Int {
    let parts = weights + scan + volume + max(activations, labels)
    return process + parts + parts / 16
  }

  /// The share of `total` that a process which has loaded the models does not hold yet.
  public var beyondModels: Int { total - process - weights }

  /// Measured on a process that has loaded a small model, DICOM's dictionary and a database.
  public static let processBytes = 64 << 20
}

extension Segmenter {
  /// What one of the ensemble's models will need for a prepared scan; nil when the sizes are beyond what can be counted.
  ///
  /// - Parameters:
  ///   - predictor: The model, as ``Admission`` names it.
  ///   - scanBytes: Bytes of volumes that the caller holds meanwhile.
  ///   - wantsProbabilities: Whether the probabilities will be asked for.
  public func memory(
    of predictor: Predictor, for prepared: PreparedScan, scanBytes: Int, wantsProbabilities: Bool = false
  ) -> ScanMemory? {
    let (trace, shape) = (prepared.trace, prepared.tensor.shape)
    guard let estimate = predictor.memoryEstimate(shape: shape) else { return nil }
    let all = members.joined().reduce(0) { $0 + $1.predictor.weightBytes }
    let float = MemoryLayout<Float>.size
    let scanVoxels = trace.shapeBeforeCropping.reduce(1, *)
    let heads = predictor.networks[0].outputChannels
    let probabilities = heads * scanVoxels * float
    let kept = members.joined().count > 1 ? trace.channels.count * scanVoxels * float : 0
    let labels = Restoration.workingBytes(
      heads: heads, preparedShape: trace.preparedShape, scanShape: trace.shapeBeforeCropping,
      threads: options.threads ?? Threads.available)
    // Of every member but this one, and where their axes differ, their probabilities instead of rows.
    let last = members.map { $0[$0.count - 1] }
    let logits = last.map { heads * $0.model.configuration.preparedShape(of: trace).reduce(1, *) * float }
    let others = logits.reduce(0, +) - (logits.min() ?? 0)
    let agree = last.allSatisfy { $0.model.plans.transposeForward == last[0].model.plans.transposeForward }
    return ScanMemory(
      process: ScanMemory.processBytes, weights: all, scan: max(scanBytes, kept) + (members.count > 1 ? others : 0),
      volume: estimate.volume + (options.tallies ? predictor.tallyBytes(shape: Array(shape[1...])) : 0),
      activations: estimate.activations, labels: labels + (wantsProbabilities || !agree ? 2 * probabilities : 0))
  }
}
