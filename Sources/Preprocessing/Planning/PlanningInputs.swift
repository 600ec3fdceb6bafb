import Foundation

/// What both planners read off a data set.
struct PlanningInputs: Sendable {
  let dataset: DatasetDescription
  let fingerprint: DatasetFingerprint
  let trainingCount: Int

  /// Spacings and sizes more than this many times apart make an axis coarse (nnU-Net's `ANISO_THRESHOLD`).
  static let anisotropyThreshold = 3.0
  /// Statistics are taken inside the nonzero mask when cropping leaves less than this share.
  static let maskThreshold = 0.75

  init(dataset: DatasetDescription, fingerprint: DatasetFingerprint) throws(PlanningError) {
    guard fingerprint.intensities.count == dataset.channelNames.count else {
      throw PlanningError(
        "the fingerprint has \(fingerprint.intensities.count) channels, dataset.json \(dataset.channelNames.count)")
    }
    self.dataset = dataset
    self.fingerprint = fingerprint
    trainingCount = dataset.trainingCount ?? fingerprint.spacings.count
  }

  var schemes: [NormalizationScheme] { dataset.channelNames.map { NormalizationScheme(channelName: $0) } }

  var masks: [Bool] {
    let crops = fingerprint.medianRelativeSizeAfterCropping < Self.maskThreshold
    return schemes.map { crops && $0.plansMask }
  }

  /// The median spacing. `lowersCoarseAxis`: a coarse axis with few slices gets the 10th percentile along it instead, though
  /// never finer than the others, so that its thinner slices are not thrown away.
  func targetSpacing(lowersCoarseAxis: Bool) -> [Double] {
    let spacings = fingerprint.spacings
    var target = (0..<3).map { axis in Percentile.linear(spacings.map { $0[axis] }, 50) ?? 1 }
    let size = (0..<3).map { axis in Percentile.linear(fingerprint.shapesAfterCrop.map { Double($0[axis]) }, 50) ?? 1 }
    guard lowersCoarseAxis else { return target }
    let worst = Self.firstLargest(target)
    let others = (0..<3).filter { $0 != worst }
    let (otherSpacing, otherSize) = (others.map { target[$0] }.max() ?? 1, others.map { size[$0] }.min() ?? 1)
    guard target[worst] > Self.anisotropyThreshold * otherSpacing, size[worst] * Self.anisotropyThreshold < otherSize
    else { return target }
    let tenth = Percentile.linear(spacings.map { $0[worst] }, 10) ?? target[worst]
    target[worst] = tenth < otherSpacing ? max(otherSpacing, tenth) + 1e-5 : tenth
    return target
  }

  /// The coarsest axis first, the others in their order.
  func axisOrder(for target: [Double]) -> AxisOrder {
    let coarsest = Self.firstLargest(target)
    return AxisOrder(forward: [coarsest] + (0..<3).filter { $0 != coarsest })
  }

  /// Longest median axis that is planned for, voxels.
  static let longestAxis = 1 << 17

  /// Median over the cases of the shape each would have at spacing `target`; may hold halves.
  func medianShape(at target: [Double]) throws(PlanningError) -> [Double] {
    let shape = Percentile.medians(
      zip(fingerprint.shapesAfterCrop, fingerprint.spacings).map { shape, spacing in
        ResamplingGrid.newShape(shape, from: spacing, to: target).map { Double($0) }
      })
    guard shape.allSatisfy({ $0 >= 1 && $0 <= Double(Self.longestAxis) }) else {
      throw PlanningError(
        "at the target spacing \(target) mm the median image has \(shape) voxels; spacings in the data set must be wrong"
      )
    }
    return shape
  }

  private static func firstLargest(_ values: [Double]) -> Int {
    values.indices.max { values[$0] == values[$1] ? $0 > $1 : values[$0] < values[$1] } ?? 0
  }

  /// The whole file, in nnU-Net's order of keys; read back, so that what is written can be read.
  func plans(
    datasetName: String, plansName: String, planner: String, order: AxisOrder, configurations: [JSONValue.Member]
  ) throws(PlanningError) -> Plans {
    let spacing = order.reordered(Percentile.medians(fingerprint.spacings))
    let shape = order.reordered(Percentile.medians(fingerprint.shapesAfterCrop.map { $0.map { Double($0) } }))
    let json = JSONValue.object([
      .init("dataset_name", .string(datasetName)),
      .init("plans_name", .string(plansName)),
      .init("original_median_spacing_after_transp", .list(spacing)),
      .init("original_median_shape_after_transp", .list(shape.map { Int($0.rounded(.toNearestOrEven)) })),
      .init("image_reader_writer", .string(try reader)),
      .init("transpose_forward", .list(order.forward)),
      .init("transpose_backward", .list(order.inverse.forward)),
      .init("configurations", .object(configurations)),
      .init("experiment_planner_used", .string(planner)),
      .init("label_manager", .string("LabelManager")),
      .init("foreground_intensity_properties_per_channel", fingerprint.intensitiesJSON),
    ])
    do { return try Plans(json) } catch { throw PlanningError(error.description) }
  }

  /// nnU-Net's reader class: the one that dataset.json asks for, else by the file ending.
  private var reader: String {
    get throws(PlanningError) {
      let wanted = dataset.imageReader?.rawValue
      switch dataset.fileEnding ?? ".nii.gz" {
      case ".nii.gz": return wanted ?? "SimpleITKIO"
      case ".nii": return wanted ?? "NibabelIO"
      case let ending:
        throw PlanningError("no reader for files ending in \(ending); there are .nii.gz and .nii")
      }
    }
  }
}

extension Double {
  /// The square root or the cube root, as numpy's power gives it.
  static func root(_ value: Double, _ degree: Int) -> Double { pow(value, 1 / Double(degree)) }
}
