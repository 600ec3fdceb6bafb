/// An object of a plan, read key by key with errors that name the key.
struct PlanObject {
  let values: [String: JSONValue]

  init(_ values: [String: JSONValue]) { self.values = values }

  func kind(_ key: String) throws(NetworkError) -> UNetArchitecture.Kind {
    guard let found = values[key] else { throw .malformedArchitecture(key: key, problem: "is missing") }
    guard let name = found.className, let kind = UNetArchitecture.Kind(rawValue: name) else {
      let known = UNetArchitecture.Kind.allCases.map { $0.rawValue }.joined(separator: " and ")
      throw .unsupportedArchitecture(key: key, found: "\(found)", expected: known)
    }
    return kind
  }

  func dimensions() throws(NetworkError) -> Int {
    switch values["conv_op"]?.className {
    case "Conv2d": return 2
    case "Conv3d": return 3
    default:
      throw .unsupportedArchitecture(key: "conv_op", found: text("conv_op"), expected: "Conv2d and Conv3d")
    }
  }

  /// `pool`: missing, or one of those of nnU-Net's `PlainConvEncoder` that this engine runs.
  func downsampling() throws(NetworkError) -> UNetArchitecture.Downsampling {
    switch values["pool"] {
    case nil, .string("conv")?: return .stridedConvolution
    case .string("max")?: return .maxPooling
    default: throw .unsupportedArchitecture(key: "pool", found: text("pool"), expected: "conv and max")
    }
  }

  func integer(_ key: String) throws(NetworkError) -> Int {
    guard let value = values[key]?.integer else {
      throw .malformedArchitecture(key: key, problem: "expected an integer, found \(text(key))")
    }
    return value
  }

  func bool(_ key: String, default missing: Bool) throws(NetworkError) -> Bool {
    switch values[key] {
    case nil: return missing
    case .bool(let value)?: return value
    default: throw .malformedArchitecture(key: key, problem: "expected true or false, found \(text(key))")
    }
  }

  func number(_ key: String, default missing: Double) throws(NetworkError) -> Double {
    switch values[key] {
    case nil: return missing
    case .number(let value)? where value.isFinite && value >= 0: return value
    default: throw .malformedArchitecture(key: key, problem: "expected a number not below 0, found \(text(key))")
    }
  }

  /// An object, empty where the plan has null or nothing.
  func object(_ key: String) throws(NetworkError) -> PlanObject {
    switch values[key] {
    case nil, .null?: return PlanObject([:])
    case .object(let value)?: return PlanObject(value)
    default: throw .malformedArchitecture(key: key, problem: "expected an object, found \(text(key))")
    }
  }

  /// `count` integers; a single one stands for all.
  func integers(_ key: String, _ count: Int) throws(NetworkError) -> [Int] {
    if let value = values[key]?.integer { return Array(repeating: value, count: count) }
    guard case .array(let list)? = values[key] else {
      throw .malformedArchitecture(key: key, problem: "expected integers, found \(text(key))")
    }
    let numbers = list.compactMap { $0.integer }
    guard numbers.count == list.count else {
      throw .malformedArchitecture(key: key, problem: "expected integers, found \(text(key))")
    }
    return numbers
  }

  /// `count` sizes of `dimensions` entries, given a 1 for the first axis in 2D; an integer stands for a size, or for all of them.
  func sizes(_ key: String, _ count: Int, _ dimensions: Int) throws(NetworkError) -> [[Int]] {
    if let value = values[key]?.integer { return Array(repeating: size(all: value, dimensions), count: count) }
    guard case .array(let list)? = values[key] else {
      throw .malformedArchitecture(key: key, problem: "expected a list, found \(text(key))")
    }
    var sizes: [[Int]] = []
    for (i, entry) in list.enumerated() {
      if let value = entry.integer {
        sizes.append(size(all: value, dimensions))
      } else {
        let values = try PlanObject(["\(key)[\(i)]": entry]).integers("\(key)[\(i)]", dimensions)
        guard values.count == dimensions else {
          throw .malformedArchitecture(key: "\(key)[\(i)]", problem: "expected \(dimensions) entries, found \(values)")
        }
        sizes.append(dimensions == 2 ? [1] + values : values)
      }
    }
    return sizes
  }

  private func size(all value: Int, _ dimensions: Int) -> [Int] {
    dimensions == 2 ? [1, value, value] : [value, value, value]
  }

  func text(_ key: String) -> String { values[key].map { "\($0)" } ?? "nothing" }

  func refuseKeys(except known: Set<String>, of owner: String) throws(NetworkError) {
    if let key = values.keys.sorted().first(where: { !known.contains($0) }) {
      throw .unsupportedArchitecture(
        key: "\(owner).\(key)", found: text(key), expected: "the keys \(known.sorted().joined(separator: ", "))")
    }
  }
}

extension PlanObject {
  // Keys with a value we require, so that whatever changes the network is refused rather than passed over.
  private static let neutral: [String: [JSONValue]] = [
    "nonlin_first": [.bool(false)], "pool_type": [.string("conv")],
    "bottleneck_channels": [.null], "stem_channels": [.null], "disable_default_stem": [.bool(false)],
    "squeeze_excitation": [.bool(false)], "stochastic_depth_p": [.number(0)], "return_skips": [.bool(true)],
  ]
  // Keys that do not matter to inference, and those that are read.
  private static let common: Set<String> = [
    "n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage_decoder", "conv_bias",
    "norm_op", "norm_op_kwargs", "dropout_op", "dropout_op_kwargs", "nonlin", "nonlin_kwargs", "deep_supervision",
    "squeeze_excitation_reduction_ratio", "pool",
  ]

  func refuseUnknownKeys(of kind: UNetArchitecture.Kind) throws(NetworkError) {
    let own: Set<String> =
      switch kind {
      case .plainConvUNet: ["n_conv_per_stage"]
      case .residualEncoderUNet: ["n_blocks_per_stage", "block"]
      }
    try refuseKeys(except: Self.common.union(own).union(Self.neutral.keys), of: "arch_kwargs")
  }

  func refuseUnusualParts() throws(NetworkError) {
    for (key, allowed) in Self.neutral.sorted(by: { $0.key < $1.key }) {
      if let value = values[key], !allowed.contains(value) {
        throw .unsupportedArchitecture(key: key, found: "\(value)", expected: "\(allowed[0])")
      }
    }
    guard ["InstanceNorm2d", "InstanceNorm3d"].contains(values["norm_op"]?.className) else {
      throw .unsupportedArchitecture(
        key: "norm_op", found: text("norm_op"), expected: "InstanceNorm2d and InstanceNorm3d")
    }
    guard values["nonlin"]?.className == "LeakyReLU" else {
      throw .unsupportedArchitecture(key: "nonlin", found: text("nonlin"), expected: "LeakyReLU")
    }
    if let block = values["block"], block != .null, block.className != "BasicBlockD" {
      throw .unsupportedArchitecture(key: "block", found: "\(block)", expected: "BasicBlockD")
    }
  }
}
