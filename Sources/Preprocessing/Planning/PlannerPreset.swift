/// nnU-Net v2's planners. The raw value is its class name.
///
/// Source: nnU-Net v2 `default_experiment_planner.py`, `residual_encoder_unet_planners.py`.
public enum PlannerPreset: String, Sendable, CaseIterable {
  /// The default: plain convolutions.
  case plain = "ExperimentPlanner"
  /// Residual encoder with the default's budget.
  case residual = "ResEncUNetPlanner"
  /// Residual encoder for 9 to 11 GB.
  case residualM = "nnUNetPlannerResEncM"
  /// Residual encoder for 24 GB.
  case residualL = "nnUNetPlannerResEncL"
  /// Residual encoder for 40 GB.
  case residualXL = "nnUNetPlannerResEncXL"

  /// Name of the plans, and of their file.
  public var plansName: String {
    switch self {
    case .plain: "nnUNetPlans"
    case .residual: "nnUNetResEncUNetPlans"
    case .residualM: "nnUNetResEncUNetMPlans"
    case .residualL: "nnUNetResEncUNetLPlans"
    case .residualXL: "nnUNetResEncUNetXLPlans"
    }
  }

  /// GPU memory that the reference figures below stand for, GB.
  public var referenceMemory: Double {
    switch self {
    case .plain, .residual, .residualM: 8
    case .residualL: 24
    case .residualXL: 40
    }
  }

  var isResidual: Bool { self != .plain }

  /// Feature-map elements that fit the memory, for 2 or 3 axes.
  func referenceElements(dimensions: Int) -> Double {
    switch self {
    case .plain: dimensions == 3 ? 560e6 : 85e6
    case .residual, .residualM: dimensions == 3 ? 680e6 : 135e6
    case .residualL: dimensions == 3 ? 2.1e9 : 380e6
    case .residualXL: dimensions == 3 ? 3.6e9 : 560e6
    }
  }

  /// Largest share of the data set's voxels that one batch may hold.
  var largestBatchShare: Double {
    switch self {
    case .plain, .residual: 0.05
    case .residualM, .residualL, .residualXL: 1
    }
  }

  /// Convolutions, or residual blocks, of each encoder stage.
  func encoderBlocks(stages: Int) -> [Int] {
    let blocks = isResidual ? [1, 3, 4] : [2, 2, 2]
    return (0..<stages).map { $0 < 3 ? blocks[$0] : (isResidual ? 6 : 2) }
  }

  /// Convolutions of each decoder stage.
  func decoderConvolutions(stages: Int) -> [Int] { [Int](repeating: isResidual ? 1 : 2, count: stages - 1) }

  /// Name of the folder of preprocessed data; the residual planners share the default's where it is the same data.
  func dataIdentifier(_ configuration: String) -> String {
    let shares = isResidual && (configuration == "2d" || configuration == "3d_fullres")
    return (shares ? Self.plain.plansName : plansName) + "_" + configuration
  }
}
