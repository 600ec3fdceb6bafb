import Foundation
import Preprocessing
import Testing

@Suite("Planning equals nnU-Net's")
struct PlannerTests {
  /// What `Golden/make_plans.py` wrote: plans by nnU-Net's own planners.
  struct Case: Decodable {
    let name: String
    let folder: String
    let dataset: String
    let fingerprint: String
    let plans: [String: String]
  }

  static func cases() throws -> [Case] {
    let file = Golden.folder.appending(path: "plans.golden.json")
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }

  @Test func everyKeyOfEveryPlanIsNNUNets() throws {
    var (count, presets) = (0, Set<PlannerPreset>())
    for item in try Self.cases() {
      let dataset = try DatasetDescription(parsing: Data(item.dataset.utf8))
      let fingerprint = try DatasetFingerprint(parsing: Data(item.fingerprint.utf8))
      for (name, text) in item.plans {
        let preset = try #require(PlannerPreset(rawValue: name))
        let planner = try V2Planner(preset: preset, dataset: dataset, fingerprint: fingerprint)
        let plans = try planner.plans(datasetName: item.folder)
        let expected = try JSONValue(parsing: Data(text.utf8))
        let differences = Self.differences(plans.json, expected, at: "")
        #expect(differences.isEmpty, "\(item.name), \(name): \(differences.joined(separator: "; "))")
        #expect(plans.json.members?.map { $0.key } == expected.members?.map { $0.key }, "keys in nnU-Net's order")
        count += 1
        presets.insert(preset)
      }
    }
    #expect(count == 33)
    #expect(presets == Set(PlannerPreset.allCases))
  }

  /// Numbers of a plan are computed by the same steps in the same precision; only `pow` may round otherwise.
  static let roundOff = 1e-12

  /// Where two JSON values differ; whole and real numbers are told apart.
  static func differences(_ ours: JSONValue, _ theirs: JSONValue, at path: String) -> [String] {
    switch (ours, theirs) {
    case (.object(let a), .object(let b)):
      let keys = Set(a.map { $0.key } + b.map { $0.key }).sorted()
      return keys.flatMap {
        differences(ours[$0] ?? .string("missing"), theirs[$0] ?? .string("missing"), at: path + "." + $0)
      }
    case (.array(let a), .array(let b)) where a.count == b.count:
      return a.indices.flatMap { differences(a[$0], b[$0], at: "\(path)[\($0)]") }
    case (.real(let a), .real(let b)) where abs(a - b) <= roundOff * abs(b): return []
    default: return ours == theirs ? [] : ["\(path): \(ours) instead of \(theirs)"]
    }
  }

  /// Every configuration of every plan can be read and used.
  @Test func plansCanBeRead() throws {
    for item in try Self.cases() {
      let planner = try V2Planner(
        dataset: DatasetDescription(parsing: Data(item.dataset.utf8)),
        fingerprint: DatasetFingerprint(parsing: Data(item.fingerprint.utf8)))
      let plans = try Plans(parsing: planner.plans(datasetName: item.folder).json.data)
      for name in plans.configurationNames { #expect(try plans.configuration(name).name == name) }
    }
  }

  @Test(.enabled(if: Golden.hasShared, "needs ../shared")) func theHippocampusPlanIsNNUNets() throws {
    let folder = Golden.shared.appending(path: "models/hippocampus")
    let expected = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "plans.json")))
    let planner = try V2Planner(
      dataset: DatasetDescription(contentsOf: folder.appending(path: "dataset.json")),
      fingerprint: DatasetFingerprint(parsing: Data(contentsOf: folder.appending(path: "dataset_fingerprint.json"))))
    let plans = try planner.plans(datasetName: "Dataset004_Hippocampus").json
    let isOurs: (JSONValue.Member) -> Bool = { !["3d_small", "2d_small"].contains($0.key) }
    let members = expected.members?.map { member in
      member.key == "configurations"
        ? JSONValue.Member(member.key, .object(member.value.members?.filter(isOurs) ?? [])) : member
    }
    #expect(Self.differences(plans, .object(members ?? []), at: "").isEmpty)
    #expect(plans == .object(members ?? []), "every number to the bit and every key in order")
  }

  @Test func impossibleInputIsNamed() throws {
    let item = try #require(try Self.cases().first)
    let dataset = try DatasetDescription(
      parsing: Data(item.dataset.replacing(".nii.gz", with: ".png").utf8))
    let fingerprint = try DatasetFingerprint(parsing: Data(item.fingerprint.utf8))
    #expect(throws: PlanningError.self) {
      try V2Planner(dataset: dataset, fingerprint: fingerprint).plans(datasetName: "x")
    }
    let absurd = try DatasetFingerprint(
      spacings: [[1, 1, 1]], shapesAfterCrop: [[1 << 20, 9, 9]], medianRelativeSizeAfterCropping: 1,
      intensities: fingerprint.intensities)
    let plain = try DatasetDescription(parsing: Data(item.dataset.utf8))
    #expect(throws: PlanningError.self) { try V2Planner(dataset: plain, fingerprint: absurd).plans(datasetName: "x") }
    #expect(throws: PlanningError.self) {
      try PaperPlanner(dataset: plain, fingerprint: absurd).plans(datasetName: "x")
    }
    for broken in ["{}", "[", item.fingerprint.replacing("[1, 1, 1]", with: "[1, 0, 1]")] {
      #expect(throws: PlanningError.self) { try DatasetFingerprint(parsing: Data(broken.utf8)) }
    }
  }
}
