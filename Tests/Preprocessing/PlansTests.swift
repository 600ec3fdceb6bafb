import Foundation
import Preprocessing
import Testing

@Suite("plans.json")
struct PlansTests {
  private static func golden() throws -> String { try #require(try Golden.load().scans.first).plans }

  private static func plans(_ configurations: String) throws -> Plans {
    let text = try golden().replacing("\"configurations\": {", with: "\"configurations\": {" + configurations + ", ")
    return try Plans(parsing: Data(text.utf8))
  }

  @Test func aChildOverridesWhatItInherits() throws {
    let plans = try Self.plans(
      #""low": {"inherits_from": "mid", "spacing": [2, 2, 2.5], "next_stage": "high"}, "#
        + #""mid": {"inherits_from": "c", "batch_size": 9, "next_stage": ["x", "y"]}, "#
        + #""high": {"inherits_from": "c", "previous_stage": "low"}"#)
    let low = try plans.configuration("low")
    #expect(low.spacing == [2, 2, 2.5])
    #expect(low.batchSize == 9)
    #expect(low.nextStages == ["high"])
    #expect(low.patchSize == [16, 16, 16])
    #expect(low.imageResampling == .images)
    #expect(low.labelResampling == .labels)
    #expect(low.logitResampling == .probabilities)
    #expect(try plans.configuration("high").previousStage == "low")
    #expect(plans.configurationNames == ["low", "mid", "high", "c"])
    let architecture = try JSONValue(parsing: low.architecture)
    #expect(architecture["network_class_name"]?.text == "PlainConvUNet")
    #expect(!low.architectureIsRewritten)
  }

  @Test func circlesAndUnknownNamesAreNamed() throws {
    let plans = try Self.plans(
      #""a": {"inherits_from": "b"}, "b": {"inherits_from": "a"}, "d": {"inherits_from": "e"}"#)
    #expect { try plans.configuration("a") } throws: { "\($0)".contains("a -> b -> a") }
    #expect { try plans.configuration("d") } throws: {
      "\($0)".contains("there is no configuration \"e\"; there are a, b, d, c")
    }
  }

  @Test(arguments: [
    (#""normalization_schemes": ["CT2Normalization"]"#, "CTNormalization, ZScoreNormalization"),
    (#""resampling_fn_data": "resample_mine""#, "resample_data_or_seg_to_shape, resample_torch_fornnunet"),
    (#""resampling_fn_data": "resample_torch_fornnunet", "resampling_fn_data_kwargs": {"mode": "nearest"}"#, "mode"),
    (#""preprocessor_name": "MyPreprocessor""#, "DefaultPreprocessor"),
    (#""resampling_fn_data_kwargs": {"order": 2}"#, "order"),
    (#""resampling_fn_data_kwargs": {"order": 3, "order_z": 1}"#, "order_z"),
    (#""resampling_fn_data_kwargs": {"separate_z_anisotropy_threshold": 2}"#, "separate_z_anisotropy_threshold"),
    (#""resampling_fn_data_kwargs": {"is_seg": false, "interpolation": "x"}"#, "interpolation"),
    (#""resampling_fn_seg": "no_resampling_hack""#, "for none of them"),
    (#""patch_size": [4096, 4096, 4096]"#, "voxels"),
    (#""spacing": [1, 1]"#, "spacing"),
    (#""spacing": [1, 1, NaN]"#, "spacing"),
    (#""patch_size": [0, 5, 5]"#, "patch_size"),
    (#""use_mask_for_norm": []"#, "use_mask_for_norm"),
    (#""architecture": null"#, "UNet_class_name"),
  ])
  func whatIsUnknownIsAnErrorThatSaysWhatExists(_ change: String, _ says: String) throws {
    let plans = try Self.plans("\"x\": {\"inherits_from\": \"c\", \(change)}")
    #expect { try plans.configuration("x") } throws: { "\($0)".contains(says) && $0 is PlansError }
    #expect(throws: Never.self) { try plans.configuration("c") }
  }

  @Test func plansOfTheFirstReleasesAreRewritten() throws {
    let plans = try Self.plans(
      #""old": {"inherits_from": "c", "architecture": null, "UNet_class_name": "PlainConvUNet", "UNet_base_num_features": 32, "#
        + #""n_conv_per_stage_encoder": [2, 2, 2], "n_conv_per_stage_decoder": [2, 2], "unet_max_num_features": 64, "#
        + #""conv_kernel_sizes": [[3,3,3],[3,3,3],[3,3,3]], "pool_op_kernel_sizes": [[1,1,1],[2,2,2],[1,2,2]], "num_pool_per_axis": [1,2,2]}"#
    )
    let old = try plans.configuration("old")
    #expect(old.architectureIsRewritten)
    let architecture = try JSONValue(parsing: old.architecture)
    let arguments = try #require(architecture["arch_kwargs"])
    #expect(arguments["features_per_stage"]?.wholeNumbers == [32, 64, 64])
    #expect(arguments["strides"]?.elements?.last?.wholeNumbers == [1, 2, 2])
    #expect(arguments["conv_op"]?.text == "torch.nn.modules.conv.Conv3d")
  }

  @Test func brokenFilesAreNamed() throws {
    let text = try Self.golden()
    let changes: [(String, String)] = [
      ("\"transpose_forward\": [0, 1, 2]", "\"transpose_forward\": [0, 1, 1]"),
      ("\"transpose_backward\": [0, 1, 2]", "\"transpose_backward\": [1, 0, 2]"),
      ("\"label_manager\": \"LabelManager\"", "\"label_manager\": \"Mine\""),
      ("\"configurations\"", "\"configuration\""),
    ]
    for (from, to) in changes {
      #expect(text.contains(from))
      #expect(throws: PlansError.self) { try Plans(parsing: Data(text.replacing(from, with: to).utf8)) }
    }
  }

  @Test(.enabled(if: Golden.hasShared, "needs ../shared")) func nnUNetsOwnPlansAreRead() throws {
    let folder = Golden.shared.appending(path: "models/hippocampus")
    let plans = try Plans(contentsOf: folder.appending(path: "plans.json"))
    #expect(plans.configurationNames == ["2d", "3d_fullres", "3d_small", "2d_small"])
    #expect(try plans.configuration("2d").dimensions == 2)
    #expect(try plans.configuration("3d_small").normalizationSchemes == [.zScore])
    #expect(plans.intensityProperties.first??.mean == 20700.20703125)
    let dataset = try DatasetDescription(contentsOf: folder.appending(path: "dataset.json"))
    #expect(dataset.foregroundLabels.map { dataset.name(of: $0) } == ["Anterior", "Posterior"])
  }
}
