/// Lesion by lesion: how many of the connected components (sharing a face, an edge or a corner) of one mask the other hits.
///
/// A component is hit by one common voxel. So one large prediction may find several lesions, and two predictions the same lesion: `found` counts
/// the reference's components, `spurious` the prediction's.
public struct LesionCounts: Sendable, Equatable {
  /// Components of the reference.
  public let reference: Int
  /// Components of the prediction.
  public let predicted: Int
  /// Components of the reference that the prediction hits: true positives.
  public let found: Int
  /// Components of the prediction that hit none: false positives.
  public let spurious: Int

  /// Components of the reference that the prediction does not hit: false negatives.
  public var missed: Int { reference - found }
  /// `found / reference`; nil without lesions in the reference.
  public var sensitivity: Double? { reference == 0 ? nil : Double(found) / Double(reference) }
  /// Share of the prediction's components that hit one; nil without any.
  public var precision: Double? { predicted == 0 ? nil : Double(predicted - spurious) / Double(predicted) }
  /// Harmonic mean of both; 0 where nothing is hit or one mask is empty, nil where both are.
  public var f1: Double? {
    guard reference > 0 || predicted > 0 else { return nil }
    guard let sensitivity, let precision, sensitivity + precision > 0 else { return 0 }
    return 2 * sensitivity * precision / (sensitivity + precision)
  }

  /// Of the union of some labels on one grid. `ignoring`: voxels where the reference has this label count nowhere.
  public init(
    prediction: LabelMap, reference: LabelMap, labels: [UInt16], ignoring: UInt16? = nil
  ) throws(GridMismatch) {
    guard prediction.geometry.isSameGrid(as: reference.geometry) else {
      throw GridMismatch(prediction: prediction.geometry, reference: reference.geometry)
    }
    let wanted = Set(labels)
    let boxes = [prediction, reference].flatMap { map in
      map.statistics().filter { wanted.contains($0.key) }.values.map { $0.box }
    }
    guard let box = boxes.reduce(nil as Box?, { $0?.union($1) ?? $1 }) else {
      self.init([], [], shape: [0, 0, 0])
      return
    }
    let grid = prediction.geometry
    let drawn = grid.cropped(reference.voxels, to: box)
    let predictedVoxels = grid.cropped(prediction.voxels, to: box)
    let isIgnored = drawn.map { $0 == ignoring }
    let truth = zip(drawn, isIgnored).map { wanted.contains($0) && !$1 }
    let guess = zip(predictedVoxels, isIgnored).map { wanted.contains($0) && !$1 }
    self.init(guess, truth, shape: grid.cropped(to: box).shape)
  }

  private init(_ guess: [Bool], _ truth: [Bool], shape: [Int]) {
    let first = Components(of: guess, shape: shape, connectivity: .full)
    let second = Components(of: truth, shape: shape, connectivity: .full)
    var (hitting, hit) = (Set<UInt32>(), Set<UInt32>())
    for (a, b) in zip(first.numbers, second.numbers) where a != 0 && b != 0 {
      hitting.insert(a)
      hit.insert(b)
    }
    (reference, predicted) = (second.sizes.count, first.sizes.count)
    (found, spurious) = (hit.count, first.sizes.count - hitting.count)
  }
}
