import Imaging
public import Tensors

/// The way back from a network's logits to labels on the scan's own grid: resample the logits (never the labels), decide,
/// un-crop, un-transpose.
///
/// Source: nnU-Net v2 `inference/export_prediction.py`. The logits stay at the network's resolution; the scan's grid is filled
/// slice by slice with a running decision, so that no array of heads times scan voxels ever exists.
public struct Restoration: Sendable {
  /// The labels.
  public let dataset: DatasetDescription
  /// Spacing and resampling.
  public let configuration: PlanConfiguration
  let heads: Heads

  /// For a model's labels and one of its configurations.
  public init(dataset: DatasetDescription, configuration: PlanConfiguration) {
    self.dataset = dataset
    self.configuration = configuration
    heads = Heads(dataset)
  }

  /// The segmentation that logits `[K, D, H, W]` of a prepared scan amount to. Without regions the largest logit wins, the
  /// first of equals; with regions every logit above 0 (probability above one half) writes its label, later ones over earlier.
  ///
  /// Interpolated values are within 1e-6 of the logits' magnitude of Double arithmetic (``segmentationReference(from:trace:)``).
  public func segmentation(
    from logits: Tensor, trace: PreparationTrace, threads: Int = Threads.available
  ) throws(RestorationError) -> Segmentation {
    let placement = try Placement(trace)
    let sampler = try sampler(of: logits, trace)
    let result = logits.elements.withUnsafeBufferPointer { values in
      Decision(sampler: sampler, heads: heads, placement: placement).run(
        values.baseAddress.unsafelyUnwrapped, threads: threads)
    }
    return Segmentation(
      labels: LabelMap(geometry: placement.geometry, voxels: result.voxels), counts: result.counts, dataset: dataset)
  }

  /// Bytes ``segmentation(from:trace:threads:)`` needs beyond the logits: the label map, and for each thread one blended slice
  /// of all heads, two planes of winners and a row.
  public static func workingBytes(heads: Int, preparedShape: [Int], scanShape: [Int], threads: Int) -> Int {
    let plane = preparedShape[1] * preparedShape[2]
    let perThread =
      (heads * (plane + preparedShape[2])) * MemoryLayout<Float>.size + 2 * plane * MemoryLayout<UInt16>.size
    return scanShape.reduce(1, *) * MemoryLayout<UInt16>.size + threads * perThread
  }

  /// Where the logits are read for every voxel of the cropped scan; checks shapes.
  func sampler(of logits: Tensor, _ trace: PreparationTrace) throws(RestorationError) -> LogitSampler {
    let expected = [heads.count] + trace.preparedShape
    guard logits.shape == expected else { throw .shape(expected: expected, found: logits.shape) }
    let resampler = configuration.logitResampling.resampler(
      from: trace.preparedShape, to: trace.shapeAfterCropping, current: trace.targetSpacing, new: trace.spacing)
    guard resampler.outputShape == trace.shapeAfterCropping else {
      throw .trace("has another shape after cropping than the logits, but the plan resamples nothing")
    }
    return LogitSampler(resampler, heads: heads.count)
  }
}

extension Restoration {
  /// The labels that logits `[K, D, H, W]` amount to on another grid `shape` over the same block, `[D, H, W]` in transposed
  /// axes: how a cascade's second stage is trained on the first stage's predictions.
  ///
  /// Source: nnU-Net v2 `export_prediction.py`, `resample_and_save`, which separates the coarse axis by this configuration's
  /// spacing alone.
  public func labels(
    from logits: Tensor, trace: PreparationTrace, onShape shape: [Int], threads: Int = Threads.available
  ) throws(RestorationError) -> [UInt16] {
    let expected = [heads.count] + trace.preparedShape
    guard logits.shape == expected else { throw .shape(expected: expected, found: logits.shape) }
    guard shape.count == 3, shape.allSatisfy({ (1...1 << 16).contains($0) }), shape.reduce(1, *) <= 1 << 31 else {
      throw .trace("cannot be followed to the shape \(shape)")
    }
    let resampler = configuration.logitResampling.resampler(
      from: trace.preparedShape, to: shape, current: trace.targetSpacing, new: trace.targetSpacing)
    let decision = Decision(
      sampler: LogitSampler(resampler, heads: heads.count), heads: heads,
      placement: Placement(whole: resampler.outputShape))
    return logits.elements.withUnsafeBufferPointer {
      decision.run($0.baseAddress.unsafelyUnwrapped, threads: threads).voxels
    }
  }
}

/// Where the cropped, transposed array lies in the scan's own array.
struct Placement: Sendable {
  let geometry: Geometry
  let box: CropBox
  /// Elements from one voxel to the next along each transposed axis, in the scan's array.
  let strides: [Int]
  /// The scan's array index of the box's first voxel.
  let start: Int

  init(_ trace: PreparationTrace) throws(RestorationError) {
    guard let geometry = trace.geometry else { throw .trace("describes no grid") }
    guard trace.transposeForward.sorted() == [0, 1, 2] else { throw .trace("has no order of three axes") }
    let order = AxisOrder(forward: trace.transposeForward)
    let (shape, box) = (order.reordered(geometry.shape), trace.cropBox)
    let fits =
      box.lower.count == 3 && box.upper.count == 3
      && (0..<3).allSatisfy { axis in
        0 <= box.lower[axis] && box.lower[axis] < box.upper[axis] && box.upper[axis] <= shape[axis]
      }
    guard fits else { throw .trace("has a crop box outside the scan") }
    self.geometry = geometry
    self.box = box
    let strides = order.reordered([geometry.height * geometry.width, geometry.width, 1])
    self.strides = strides
    start = zip(box.lower, strides).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// An array that is the whole of its grid, voxels 1 mm apart.
  init(whole shape: [Int]) {
    geometry = Geometry(
      width: shape[2], height: shape[1], depth: shape[0], origin: SIMD3(), iStep: SIMD3(1, 0, 0), jStep: SIMD3(0, 1, 0),
      kStep: SIMD3(0, 0, 1))
    box = CropBox(whole: shape)
    strides = [shape[1] * shape[2], shape[2], 1]
    start = 0
  }
}
