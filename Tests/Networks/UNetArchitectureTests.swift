import Foundation
import Networks
import Testing

@Suite struct UNetArchitectureTests {
  private let plain = """
    {"network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet", "arch_kwargs": {
    "n_stages": 3, "features_per_stage": [32, 64, 128], "conv_op": "torch.nn.modules.conv.Conv3d",
    "kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]], "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]],
    "n_conv_per_stage": [2, 2, 2], "n_conv_per_stage_decoder": [2, 2], "conv_bias": true,
    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d", "norm_op_kwargs": {"eps": 1e-05, "affine": true},
    "dropout_op": null, "dropout_op_kwargs": null, "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"inplace": true}},
    "_kw_requires_import": ["conv_op"]}
    """

  private func read(_ text: String) throws -> UNetArchitecture { try UNetArchitecture(json: Data(text.utf8)) }

  @Test func readsAPlan() throws {
    let expected = UNetArchitecture(
      kind: .plainConvUNet, featuresPerStage: [32, 64, 128], kernelSizes: [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
      strides: [[1, 1, 1], [1, 2, 2], [2, 2, 2]], blocksPerStage: [2, 2, 2], convolutionsPerDecoderStage: [2, 2])
    #expect(try read(plain) == expected)
    #expect(try read("{\"architecture\": \(plain), \"patch_size\": [NaN]}") == expected)
    #expect(expected.divisor == [2, 4, 4])
  }

  @Test func integersStandForLists() throws {
    let text =
      plain
      .replacingOccurrences(of: "[[1, 3, 3], [3, 3, 3], [3, 3, 3]]", with: "3")
      .replacingOccurrences(of: "[[1, 1, 1], [1, 2, 2], [2, 2, 2]]", with: "[1, 2, [2, 2, 2]]")
      .replacingOccurrences(of: "\"n_conv_per_stage\": [2, 2, 2]", with: "\"n_conv_per_stage\": 2")
    let architecture = try read(text)
    #expect(architecture.kernelSizes == Array(repeating: [3, 3, 3], count: 3))
    #expect(architecture.strides == [[1, 1, 1], [2, 2, 2], [2, 2, 2]])
    #expect(architecture.blocksPerStage == [2, 2, 2])
  }

  @Test func twoDimensionsGetAFirstAxisOfOne() throws {
    let text =
      plain.replacingOccurrences(of: "Conv3d", with: "Conv2d")
      .replacingOccurrences(of: "[[1, 3, 3], [3, 3, 3], [3, 3, 3]]", with: "[[3, 3], [3, 3], 3]")
      .replacingOccurrences(of: "[[1, 1, 1], [1, 2, 2], [2, 2, 2]]", with: "[[1, 1], 2, [2, 1]]")
    let architecture = try read(text)
    #expect(architecture.dimensions == 2)
    #expect(architecture.kernelSizes == Array(repeating: [1, 3, 3], count: 3))
    #expect(architecture.strides == [[1, 1, 1], [1, 2, 2], [1, 2, 1]])
  }

  @Test func readsTheKeysOfTheFirstReleases() throws {
    let architecture = try read(
      """
      {"UNet_class_name": "PlainConvUNet", "UNet_base_num_features": 32, "unet_max_num_features": 64,
      "n_conv_per_stage_encoder": [2, 2, 2], "n_conv_per_stage_decoder": [2, 2], "num_pool_per_axis": [1, 2, 2],
      "pool_op_kernel_sizes": [[1, 1, 1], [1, 2, 2], [2, 2, 2]], "conv_kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
      "patch_size": [8, 8, 8]}
      """)
    #expect(architecture.featuresPerStage == [32, 64, 64])
    #expect(architecture.convolutionBias && architecture.affineNorm && architecture.epsilon == 1e-5)
  }

  @Test(arguments: [
    ("unet.PlainConvUNet", "primus.Primus", "network_class_name"),
    ("InstanceNorm3d", "BatchNorm3d", "norm_op"),
    ("torch.nn.LeakyReLU", "torch.nn.ReLU", "nonlin"),
    ("\"n_stages\": 3", "\"n_stages\": 3, \"nonlin_first\": true", "nonlin_first"),
    ("\"n_stages\": 3", "\"n_stages\": 3, \"attention\": 4", "arch_kwargs.attention"),
    ("\"n_stages\": 3", "\"n_stages\": 1000000", "n_stages"),
    ("[32, 64, 128]", "[32, 64, 0]", "features_per_stage"),
    ("[[1, 3, 3], [3, 3, 3], [3, 3, 3]]", "[[2, 3, 3], [3, 3, 3], [3, 3, 3]]", "kernel_sizes"),
    ("[[1, 1, 1], [1, 2, 2]", "[[1, 2, 1], [1, 2, 2]", "strides[0]"),
    ("\"inplace\": true", "\"inplace\": true, \"other\": 1", "nonlin_kwargs.other"),
  ])
  func refusesWhatItDoesNotRun(_ change: (from: String, to: String, key: String)) throws {
    let text = plain.replacingOccurrences(of: change.from, with: change.to)
    #expect(text != plain)
    let error = try #require(throws: NetworkError.self) { try read(text) }
    guard case .unsupportedArchitecture(let key, _, _) = error else {
      Issue.record("another error: \(error)")
      return
    }
    #expect(key == change.key)
  }

  @Test(arguments: [
    ("[32, 64, 128]", "[32, 64]", "features_per_stage"), ("[32, 64, 128]", "[32, \"x\", 128]", "features_per_stage"),
    ("[1, 2, 2], [2, 2, 2]]", "[2, 2], [2, 2, 2]]", "strides[1]"), ("true, \"norm_op\"", "7, \"norm_op\"", "conv_bias"),
    ("\"n_stages\": 3", "\"n_stages\": 3.5", "n_stages"),
  ])
  func namesTheKeyThatIsWrong(_ change: (from: String, to: String, key: String)) throws {
    let text = plain.replacingOccurrences(of: "\n", with: " ").replacingOccurrences(of: change.from, with: change.to)
    let error = try #require(throws: NetworkError.self) { try read(text) }
    #expect(error.description.contains(change.key) || change.key == "features_per_stage", "\(error)")
  }

  @Test func readsThePapersPooling() throws {
    let text = plain.replacingOccurrences(of: "\"dropout_op\": null", with: "\"pool\": \"max\", \"dropout_op\": null")
    #expect(try read(text).downsampling == .maxPooling)
    #expect(try read(plain).downsampling == .stridedConvolution)
    let average = text.replacingOccurrences(of: "\"max\"", with: "\"avg\"")
    #expect(throws: NetworkError.unsupportedArchitecture(key: "pool", found: "\"avg\"", expected: "conv and max")) {
      try read(average)
    }
    let residual = text.replacingOccurrences(of: "PlainConvUNet", with: "ResidualEncoderUNet")
      .replacingOccurrences(of: "\"n_conv_per_stage\"", with: "\"n_blocks_per_stage\"")
    #expect(throws: NetworkError.self) { try read(residual) }
  }

  @Test func refusesWhatIsNotJSON() {
    #expect(throws: NetworkError.self) { try read("network") }
    #expect(throws: NetworkError.self) { try read("[]") }
    #expect(throws: NetworkError.self) { try read("{}") }
  }
}
