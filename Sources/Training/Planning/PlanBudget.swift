public import Preprocessing

/// Changes to a plan that make networks cheaper, as a person would edit `plans.json`; spacings and patches stay as planned.
public struct PlanBudget: Sendable, Equatable {
  /// Features of the first stage; those of the others change in proportion. Nil: as planned.
  public var features: Int?
  /// Patches of a batch. Nil: as planned.
  public var batchSize: Int?
  /// Patches of a batch in single configurations, by their names; they go before ``batchSize``.
  public var batchSizes: [String: Int]

  /// Largest number of features, or of patches, that may be asked for.
  public static let most = 4096

  /// No change where nil.
  public init(features: Int? = nil, batchSize: Int? = nil, batchSizes: [String: Int] = [:]) {
    self.features = features
    self.batchSize = batchSize
    self.batchSizes = batchSizes
  }

  /// From words such as `16`, for every configuration, or `2d=48`, for one.
  public init(features: Int?, batchSizes words: [String]) throws(TrainingError) {
    self.init(features: features)
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let size = parts.last.flatMap({ Int($0) }) else {
        throw TrainingError("a batch size is a number, or configuration=number such as 2d=48, not \(word)")
      }
      if parts.count == 1 { batchSize = size } else { batchSizes[String(parts[0])] = size }
    }
  }

  /// The plan with every configuration changed. Throws where one that is named is not in the plan or has no batch size of its own.
  public func applied(to plans: Plans) throws(TrainingError) -> Plans {
    guard self != PlanBudget() else { return plans }
    let sizes = [batchSize] + batchSizes.values.map { $0 }
    for (what, value) in [("features", features)] + sizes.map({ ("patches in a batch", $0) }) {
      guard (1...Self.most).contains(value ?? 1) else {
        throw TrainingError("\(value ?? 0) \(what): from 1 to \(Self.most) are possible")
      }
    }
    for name in batchSizes.keys.sorted() where plans.json["configurations"]?[name]?["batch_size"] == nil {
      throw TrainingError("a batch size for \(name): the plan has \(plans.configurationNames.joined(separator: ", "))")
    }
    let json = plans.json.changing("configurations") { configurations in
      configurations.mapMembers { changed($0, $1) }
    }
    do { return try Plans(json) } catch { throw TrainingError("\(error)") }
  }

  /// A configuration that inherits from another has neither key, and gets neither.
  private func changed(_ name: String, _ configuration: JSONValue) -> JSONValue {
    configuration
      .changing("batch_size") { (batchSizes[name] ?? batchSize).map { .integer($0) } ?? $0 }
      .changing("architecture") { architecture in
        architecture.changing("arch_kwargs") { arguments in
          arguments.changing("features_per_stage") { scaled($0) }
        }
      }
  }

  private func scaled(_ planned: JSONValue) -> JSONValue {
    guard let features, let stages = planned.wholeNumbers, let first = stages.first, first > 0 else { return planned }
    return .array(stages.map { .integer(max(1, $0 * features / first)) })
  }
}

extension JSONValue {
  /// This object with the value of `key`, where it has one, replaced; anything else as it is.
  fileprivate func changing(_ key: String, _ change: (JSONValue) -> JSONValue) -> JSONValue {
    guard let members else { return self }
    return .object(members.map { $0.key == key ? Member(key, change($0.value)) : $0 })
  }

  /// This object with every value replaced.
  fileprivate func mapMembers(_ change: (String, JSONValue) -> JSONValue) -> JSONValue {
    guard let members else { return self }
    return .object(members.map { Member($0.key, change($0.key, $0.value)) })
  }
}
