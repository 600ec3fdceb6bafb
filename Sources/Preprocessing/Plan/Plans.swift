/// nnU-Net v2's `plans.json`.
public struct Plans: Sendable, Equatable {
  /// The data set it was planned for, `Dataset004_Hippocampus`.
  public let datasetName: String
  /// The plan's own name, `nnUNetPlans`.
  public let plansName: String
  /// Axis `i` of the network's array is axis `transposeForward[i]` of the image `[D, H, W]`.
  public let transposeForward: [Int]
  /// The inverse of ``transposeForward``.
  public let transposeBackward: [Int]
  /// nnU-Net's reader class, `SimpleITKIO`; it fixes the axis order of training. Nil where the file lacks it.
  public let imageReader: String?
  /// The planner that wrote it; nil where the file lacks it.
  public let planner: String?
  /// Foreground statistics, one a channel; empty where the file has none.
  public let intensityProperties: [IntensityProperties?]
  /// The whole file.
  public let json: JSONValue

  /// The configurations the file holds, in its order.
  public var configurationNames: [String] { json["configurations"]?.members?.map { $0.key } ?? [] }
}
