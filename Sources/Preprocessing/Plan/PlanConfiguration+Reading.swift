extension PlanConfiguration {
  /// Longest axis of a patch that is believed, voxels.
  static let longestPatchAxis = 4096
  /// Most voxels of a patch that are believed: 8 times 320^3.
  static let largestPatch = 1 << 28

  /// Reads a configuration whose inheritance is already resolved.
  init(name: String, _ json: JSONValue) throws(PlansError) {
    let reader = ConfigurationReader(name: name, json: json)
    self.name = name
    patchSize = try reader.patchSize()
    spacing = try reader.spacing(dimensions: patchSize.count)
    normalizationSchemes = try reader.normalizationSchemes()
    useMaskForNorm = try reader.masks(count: normalizationSchemes.count)
    try reader.checkPreprocessor()
    imageResampling = try reader.resampling("resampling_fn_data", isSegmentation: false)
    labelResampling = try reader.resampling("resampling_fn_seg", isSegmentation: true)
    logitResampling = try reader.resampling("resampling_fn_probabilities", isSegmentation: false)
    let functions = [imageResampling, labelResampling, logitResampling].map { $0.function }
    guard functions.allSatisfy({ $0 == .none }) || !functions.contains(.none) else {
      throw reader.failure(
        "resampling_fn_seg",
        "\(ResamplingRecipe.Function.none.rawValue) is for images, labels and probabilities alike, or for none of them")
    }
    previousStage = json["previous_stage"]?.text
    nextStages = reader.nextStages()
    batchSize = json["batch_size"]?.wholeNumber
    batchDice = json["batch_dice"]?.truth
    dataIdentifier = json["data_identifier"]?.text
    medianImageSize = json["median_image_size_in_voxels"]?.numbers ?? []
    if let architecture = json["architecture"], architecture.members != nil {
      self.architecture = architecture.data
      architectureIsRewritten = false
    } else {
      architecture = try LegacyArchitecture.rewritten(json, configuration: name, dimensions: patchSize.count).data
      architectureIsRewritten = true
    }
  }
}

/// Reads the keys of one configuration, one function a subject.
struct ConfigurationReader {
  let name: String
  let json: JSONValue

  func failure(_ key: String, _ problem: String) -> PlansError {
    PlansError("configurations.\(name).\(key)", problem)
  }

  func patchSize() throws(PlansError) -> [Int] {
    guard let patch = json["patch_size"]?.wholeNumbers, (2...3).contains(patch.count),
      patch.allSatisfy({ (1...PlanConfiguration.longestPatchAxis).contains($0) })
    else {
      throw failure("patch_size", "expected 2 or 3 lengths from 1 to \(PlanConfiguration.longestPatchAxis)")
    }
    guard patch.reduce(1, *) <= PlanConfiguration.largestPatch else {
      throw failure("patch_size", "\(patch) has more than \(PlanConfiguration.largestPatch) voxels")
    }
    return patch
  }

  func spacing(dimensions: Int) throws(PlansError) -> [Double] {
    guard let spacing = json["spacing"]?.numbers, spacing.count == dimensions,
      spacing.allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw failure("spacing", "expected \(dimensions) positive numbers (mm), as many as patch_size has") }
    return spacing
  }

  func normalizationSchemes() throws(PlansError) -> [NormalizationScheme] {
    guard let names = json["normalization_schemes"]?.elements, !names.isEmpty else {
      throw failure("normalization_schemes", "expected one scheme for each channel")
    }
    var schemes: [NormalizationScheme] = []
    for value in names {
      guard let name = value.text, let scheme = NormalizationScheme(rawValue: name) else {
        let known = NormalizationScheme.allCases.map { $0.rawValue }.joined(separator: ", ")
        throw failure("normalization_schemes", "\"\(value.text ?? value.kind)\" is unknown; there are \(known)")
      }
      schemes.append(scheme)
    }
    return schemes
  }

  func masks(count: Int) throws(PlansError) -> [Bool] {
    let masks = json["use_mask_for_norm"]?.elements?.compactMap { $0.truth } ?? []
    guard masks.count == count else {
      throw failure("use_mask_for_norm", "expected true or false for each of \(count) channels")
    }
    return masks
  }

  func checkPreprocessor() throws(PlansError) {
    let preprocessor = json["preprocessor_name"]?.text ?? "nothing"
    guard preprocessor == "DefaultPreprocessor" else {
      throw failure("preprocessor_name", "\(preprocessor) is unknown; there is DefaultPreprocessor")
    }
  }

  func resampling(_ key: String, isSegmentation: Bool) throws(PlansError) -> ResamplingRecipe {
    guard let function = json[key]?.text.flatMap({ ResamplingRecipe.Function(rawValue: $0) }) else {
      let known = ResamplingRecipe.Function.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw failure(key, "\"\(json[key]?.text ?? "nothing")\" is unknown; there are \(known)")
    }
    let arguments = json[key + "_kwargs"] ?? .object([])
    try checkNames(arguments, key, function)
    switch function {
    case .none: return ResamplingRecipe(function: function, isSegmentation: isSegmentation, order: .nearest)
    case .torch: return try torch(arguments, key, isSegmentation: isSegmentation)
    case .splines: break
    }
    return ResamplingRecipe(
      isSegmentation: arguments["is_seg"]?.truth ?? isSegmentation,
      order: try order(arguments, key), forceSeparateZ: try separation(arguments, key))
  }

  /// An argument that nobody reads here would change the voxels in nnU-Net and not in Vigil.
  private func checkNames(
    _ arguments: JSONValue, _ key: String, _ function: ResamplingRecipe.Function
  ) throws(PlansError) {
    let known: Set<String> =
      switch function {
      case .none: Set((arguments.members ?? []).map { $0.key })
      case .splines: ["is_seg", "order", "order_z", "force_separate_z"]
      case .torch:
        [
          "is_seg", "num_threads", "device", "memefficient_seg_resampling", "force_separate_z", "mode",
          "aniso_axis_mode",
        ]
      }
    for member in arguments.members ?? [] where !known.contains(member.key) {
      if member.key == Self.separation, member.value.number == Self.separationThreshold { continue }
      throw failure(
        "\(key)_kwargs.\(member.key)",
        "this argument is not known here; known are \(known.sorted().joined(separator: ", "))")
    }
  }

  /// nnU-Net's `separate_z_anisotropy_threshold`, of which only the default is implemented.
  private static let separation = "separate_z_anisotropy_threshold"
  private static let separationThreshold = 3.0

  private func order(_ arguments: JSONValue, _ key: String) throws(PlansError) -> ResamplingRecipe.Order {
    guard (arguments["order_z"]?.wholeNumber ?? 0) == 0 else {
      throw failure(key + "_kwargs.order_z", "only 0, the nearest slice, is implemented")
    }
    guard let order = ResamplingRecipe.Order(rawValue: arguments["order"]?.wholeNumber ?? 3) else {
      throw failure(key + "_kwargs.order", "only 0, 1 and 3 are implemented")
    }
    if arguments["is_seg"]?.truth == true, order == .cubic {
      throw failure(key + "_kwargs.order", "label images are resampled with order 0 or 1 only")
    }
    return order
  }

  private func torch(
    _ arguments: JSONValue, _ key: String, isSegmentation: Bool
  ) throws(PlansError) -> ResamplingRecipe {
    guard (arguments["mode"]?.text ?? "linear") == "linear" else {
      throw failure(key + "_kwargs.mode", "only linear is implemented")
    }
    guard (arguments["aniso_axis_mode"]?.text ?? "nearest-exact") == "nearest-exact" else {
      throw failure(key + "_kwargs.aniso_axis_mode", "only nearest-exact is implemented")
    }
    let isSegmentation = arguments["is_seg"]?.truth ?? isSegmentation
    guard !isSegmentation || arguments["memefficient_seg_resampling"]?.truth != true else {
      throw failure(key + "_kwargs.memefficient_seg_resampling", "only false is implemented")
    }
    let force = arguments["force_separate_z"] == nil ? nil : try separation(arguments, key)
    return ResamplingRecipe(function: .torch, isSegmentation: isSegmentation, order: .linear, forceSeparateZ: force)
  }

  /// nnU-Net's function itself takes `force_separate_z` to be false where a plan leaves it out.
  private func separation(_ arguments: JSONValue, _ key: String) throws(PlansError) -> Bool? {
    switch arguments["force_separate_z"] {
    case nil: return false
    case .null: return nil
    case .bool(let force): return force
    default: throw failure(key + "_kwargs.force_separate_z", "expected true, false or null")
    }
  }

  func nextStages() -> [String] {
    if let one = json["next_stage"]?.text { return [one] }
    return json["next_stage"]?.elements?.compactMap { $0.text } ?? []
  }
}
