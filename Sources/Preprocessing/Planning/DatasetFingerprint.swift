public import Foundation

/// What planning needs to know of a data set. All axes are the images' own `[D, H, W]`.
///
/// Source: nnU-Net v2 `experiment_planning/dataset_fingerprint/fingerprint_extractor.py`, file `dataset_fingerprint.json`.
public struct DatasetFingerprint: Sendable, Equatable {
  /// Spacing of every case, mm.
  public let spacings: [[Double]]
  /// Voxels of every case after cropping to nonzero.
  public let shapesAfterCrop: [[Int]]
  /// Median over the cases of voxels after cropping to voxels before.
  public let medianRelativeSizeAfterCropping: Double
  /// Statistics of every channel over the foreground.
  public let intensities: [IntensityProperties]

  /// The figures of at least one case.
  public init(
    spacings: [[Double]], shapesAfterCrop: [[Int]], medianRelativeSizeAfterCropping: Double,
    intensities: [IntensityProperties]
  ) throws(PlanningError) {
    guard !spacings.isEmpty, spacings.count == shapesAfterCrop.count else {
      throw PlanningError("a fingerprint needs a spacing and a shape for each of at least one case")
    }
    guard spacings.allSatisfy({ $0.count == 3 && $0.allSatisfy { $0 > 0 && $0.isFinite } }),
      shapesAfterCrop.allSatisfy({ $0.count == 3 && $0.allSatisfy { $0 > 0 } })
    else { throw PlanningError("every case has three positive spacings and three positive lengths") }
    self.spacings = spacings
    self.shapesAfterCrop = shapesAfterCrop
    self.medianRelativeSizeAfterCropping = medianRelativeSizeAfterCropping
    self.intensities = intensities
  }

  /// Reads `dataset_fingerprint.json`.
  public init(parsing data: Data) throws(PlanningError) {
    let json: JSONValue
    do { json = try JSONValue(parsing: data) } catch { throw PlanningError("dataset_fingerprint.json: \(error)") }
    guard let spacings = json["spacings"]?.elements?.compactMap({ $0.numbers }),
      let shapes = json["shapes_after_crop"]?.elements?.compactMap({ $0.wholeNumbers }),
      let size = json["median_relative_size_after_cropping"]?.number,
      let channels = json["foreground_intensity_properties_per_channel"]?.members
    else { throw PlanningError("dataset_fingerprint.json: a key is missing or of another kind than nnU-Net writes") }
    let intensities = channels.indices.compactMap { index in
      channels.first { $0.key == String(index) }.flatMap { IntensityProperties($0.value) }
    }
    guard intensities.count == channels.count else {
      throw PlanningError("dataset_fingerprint.json: foreground_intensity_properties_per_channel is incomplete")
    }
    try self.init(
      spacings: spacings, shapesAfterCrop: shapes, medianRelativeSizeAfterCropping: size, intensities: intensities)
  }

  /// The file as nnU-Net writes it, keys sorted.
  public var json: JSONValue {
    .object([
      .init("foreground_intensity_properties_per_channel", intensitiesJSON),
      .init("median_relative_size_after_cropping", .real(medianRelativeSizeAfterCropping)),
      .init("shapes_after_crop", .array(shapesAfterCrop.map { .array($0.map { .integer($0) }) })),
      .init("spacings", .array(spacings.map { .array($0.map { .real($0) }) })),
    ])
  }

  /// The channels' statistics as they stand in a fingerprint and in a plan.
  var intensitiesJSON: JSONValue {
    .object(intensities.enumerated().map { .init(String($0.offset), $0.element.json) })
  }
}

extension IntensityProperties {
  /// As nnU-Net writes it, keys sorted; statistics that are unknown are left out.
  var json: JSONValue {
    let all: [(String, Double?)] = [
      ("max", max), ("mean", mean), ("median", median), ("min", min), ("percentile_00_5", lowerPercentile),
      ("percentile_99_5", upperPercentile), ("std", std),
    ]
    return .object(all.compactMap { key, value in value.map { .init(key, .real($0)) } })
  }
}
