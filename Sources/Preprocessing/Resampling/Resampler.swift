/// Resamples arrays `[D, H, W]` from one shape to another as nnU-Net does: splines of order 0, 1 or 3 over half-pixel-centred
/// coordinates, edges repeated, no smoothing before shrinking, cubic results clipped to the range of what was handed in (the
/// whole array, or the single slice when one axis is separated).
///
/// Source: nnU-Net v2 `default_resampling.py`; scikit-image `resize(mode="edge", anti_aliasing=False, clip=True)`.
/// Accuracy: values are Float and the filter runs in Float; against Double arithmetic the error stays below 4e-6 of the
/// largest magnitude handed in (``worstRelativeError``).
public struct Resampler: Sendable {
  /// `[D, H, W]` of the array handed in.
  public let inputShape: [Int]
  /// `[D, H, W]` of the result.
  public let outputShape: [Int]
  /// Order of the spline.
  public let order: ResamplingRecipe.Order
  /// The axis along which the nearest slice is taken; nil when all three are interpolated together.
  public let separatedAxis: Int?

  /// Whether coordinates are computed in 32 bits, as PyTorch does.
  var isSinglePrecision = false

  /// Largest error of ``resample(_:threads:)`` against Double arithmetic, as a share of the largest magnitude handed in: four
  /// dozen Float roundings along three axes, each at most 6e-8 of coefficients up to 1.5 times the values.
  public static let worstRelativeError: Float = 4e-6

  /// Both shapes have three axes of at least one voxel.
  public init(from inputShape: [Int], to outputShape: [Int], order: ResamplingRecipe.Order, separatedAxis: Int? = nil) {
    precondition(inputShape.count == 3 && outputShape.count == 3, "arrays are [D, H, W]")
    precondition((inputShape + outputShape).allSatisfy { $0 > 0 }, "every axis has at least one voxel")
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.order = order
    self.separatedAxis = separatedAxis
  }

  /// The resampled array, row-major. `voxels` fill ``inputShape``. The same to the bit for any number of threads.
  public func resample(_ voxels: [Float], threads: Int = Threads.available) -> [Float] {
    precondition(voxels.count == inputShape.reduce(1, *), "the voxels must fill the input shape")
    guard inputShape != outputShape else { return voxels }
    var array = ShapedArray(shape: inputShape, voxels: voxels)
    guard let axis = separatedAxis else {
      for axis in axesSmallestGrowthFirst([0, 1, 2]) { interpolate(&array, axis, threads) }
      if order == .cubic, let range = ValueRange(of: voxels) { array.clip(to: range, threads: threads) }
      return array.voxels
    }
    let slices = NearestTaps(sampling(axis))
    let gathersFirst = outputShape[axis] <= inputShape[axis]
    if gathersFirst { array = array.gathering(slices.indices, axis: axis, threads: threads) }
    let ranges = order == .cubic ? array.sliceRanges(axis: axis) : []
    for axis in axesSmallestGrowthFirst([0, 1, 2].filter { $0 != axis }) { interpolate(&array, axis, threads) }
    if order == .cubic, inPlaneChanges(axis) { array.clip(to: ranges, axis: axis, threads: threads) }
    if !gathersFirst { array = array.gathering(slices.indices, axis: axis, threads: threads) }
    return array.voxels
  }

  func sampling(_ axis: Int) -> AxisSampling {
    AxisSampling(inputs: inputShape[axis], outputs: outputShape[axis], isSinglePrecision: isSinglePrecision)
  }

  func inPlaneChanges(_ separated: Int) -> Bool {
    (0..<3).contains { $0 != separated && inputShape[$0] != outputShape[$0] }
  }

  /// Shrinking axes first, growing axes last: the least work. The order is a function of the shapes alone.
  private func axesSmallestGrowthFirst(_ axes: [Int]) -> [Int] {
    let growth = (0..<3).map { Double(outputShape[$0]) / Double(inputShape[$0]) }
    let changing = axes.filter { inputShape[$0] != outputShape[$0] }
    return changing.sorted { (a: Int, b: Int) -> Bool in growth[a] == growth[b] ? a < b : growth[a] < growth[b] }
  }

  private func interpolate(_ array: inout ShapedArray, _ axis: Int, _ threads: Int) {
    let kernel: AxisKernel =
      switch order {
      case .nearest: AxisKernel(linear: LinearTaps(NearestTaps(sampling(axis))), sampling(axis))
      case .linear: AxisKernel(linear: LinearTaps(sampling(axis)), sampling(axis))
      case .cubic: AxisKernel(cubic: CubicTaps(sampling(axis)), sampling(axis))
      }
    array = array.applying(kernel, axis: axis, threads: threads)
  }
}

extension ResamplingRecipe {
  /// The resampler that this recipe uses between two shapes `[D, H, W]` whose voxels are `current` and `new` mm apart.
  public func resampler(
    from inputShape: [Int], to outputShape: [Int], current: [Double], new: [Double]
  ) -> Resampler {
    let target = function == .none ? inputShape : outputShape
    let axis = ResamplingGrid.separatedAxis(force: forceSeparateZ, from: current, to: new)
    var resampler = Resampler(from: inputShape, to: target, order: order, separatedAxis: axis)
    resampler.isSinglePrecision = function == .torch
    return resampler
  }

  /// The resampler of label arrays that this recipe uses; a cubic recipe is taken as linear.
  public func labelResampler(
    from inputShape: [Int], to outputShape: [Int], current: [Double], new: [Double]
  ) -> LabelResampler {
    let target = function == .none ? inputShape : outputShape
    return LabelResampler(
      from: inputShape, to: target, order: order == .cubic ? .linear : order,
      separatedAxis: ResamplingGrid.separatedAxis(force: forceSeparateZ, from: current, to: new),
      isTorch: function == .torch)
  }
}
