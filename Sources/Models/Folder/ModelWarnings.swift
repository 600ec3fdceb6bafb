import Networks
import Preprocessing

/// What a person should know of a model that can be run.
struct ModelWarnings {
  let description: ModelDescription
  let configuration: PlanConfiguration
  /// Name of the checkpoint files.
  let checkpoint: String

  func all(_ folder: ModelFolder, _ facts: [CheckpointFacts]) -> [String] {
    folds(folder, facts) + agreement(facts) + training(facts) + plan()
  }

  private func folds(_ folder: ModelFolder, _ facts: [CheckpointFacts]) -> [String] {
    let numbered = folder.folds.filter { $0.name != "all" }
    if numbered.isEmpty {
      return ["trained on all cases (fold_all): its accuracy was never measured on cases it had not seen"]
    }
    return numbered.count < 5 ? ["\(numbered.count) of nnU-Net's 5 folds are there"] : []
  }

  private func agreement(_ facts: [CheckpointFacts]) -> [String] {
    var warnings: [String] = []
    if Set(facts.map { $0.trainer }).count > 1 {
      warnings.append("the folds were trained by different trainers; the first one's name is used")
    }
    if Set(facts.map { $0.configuration }).count > 1 {
      warnings.append("the folds name different configurations; \(configuration.name) is used for all")
    }
    if let first = facts.first, facts.contains(where: { $0.mirrorAxes != first.mirrorAxes }) {
      warnings.append("the folds allow different mirror axes; the first fold's are used, as nnU-Net does")
    }
    if facts.contains(where: { $0.plans.map { !$0.means(description.plans.json) } == true }) {
      warnings.append("plans.json differs from the plan inside the checkpoint; plans.json is used, as nnU-Net does")
    }
    return warnings
  }

  private func training(_ facts: [CheckpointFacts]) -> [String] {
    var warnings: [String] = []
    if checkpoint != "checkpoint_final" { warnings.append("\(checkpoint) instead of the final checkpoint") }
    if facts.first?.mirrorAxes?.isEmpty != false { warnings.append("the model allows no mirroring") }
    return warnings
  }

  private func plan() -> [String] {
    var warnings: [String] = []
    if configuration.architectureIsRewritten {
      warnings.append("the plan is of nnU-Net 2.0 to 2.2; its architecture was rewritten into the newer form")
    }
    if let previous = configuration.previousStage {
      warnings.append("second stage of a cascade: it also takes the segmentation made by \(previous)")
    }
    let recipes = [configuration.imageResampling, configuration.labelResampling, configuration.logitResampling]
    if recipes.contains(where: { $0.forceSeparateZ != nil }) {
      warnings.append("the plan forces how the coarse axis is resampled")
    }
    if recipes.map({ $0.order }) != [.cubic, .linear, .linear] {
      warnings.append("the plan resamples with unusual spline orders")
    }
    return warnings
  }
}

extension JSONValue {
  /// Whether two values mean the same: the order of keys and the difference between 1 and 1.0 do not count, NaN equals NaN.
  func means(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer, _), (.real, _):
      guard let a = number, let b = other.number else { return false }
      return a == b || a.isNaN && b.isNaN
    case (.array(let a), .array(let b)): return a.count == b.count && zip(a, b).allSatisfy { $0.means($1) }
    case (.object(let a), .object(let b)):
      return a.count == b.count && a.allSatisfy { member in other[member.key].map { member.value.means($0) } == true }
    default: return self == other
    }
  }
}
