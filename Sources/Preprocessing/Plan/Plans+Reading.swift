public import Foundation

extension Plans {
  /// Reads `plans.json`. Configurations are read when asked for, so that one that needs something unknown spoils no other.
  public init(contentsOf file: URL) throws(PlansError) {
    let data: Data
    do { data = try Data(contentsOf: file) } catch {
      throw PlansError("", "\(file.lastPathComponent) cannot be read: \(error.localizedDescription)")
    }
    try self.init(parsing: data)
  }

  /// Reads the bytes of a `plans.json`.
  public init(parsing data: Data) throws(PlansError) {
    let json: JSONValue
    do { json = try JSONValue(parsing: data) } catch { throw PlansError("", error.description) }
    try self.init(json)
  }

  /// Reads the value of a `plans.json`, as a checkpoint may carry it.
  public init(_ json: JSONValue) throws(PlansError) {
    guard json.members != nil else { throw PlansError("", "expected an object, found \(json.kind)") }
    guard let configurations = json["configurations"]?.members, !configurations.isEmpty else {
      throw PlansError("configurations", "expected an object with at least one configuration")
    }
    try Self.checkLabelManager(json)
    datasetName = json["dataset_name"]?.text ?? ""
    plansName = json["plans_name"]?.text ?? ""
    imageReader = json["image_reader_writer"]?.text
    planner = json["experiment_planner_used"]?.text
    transposeForward = try Self.permutation(json, "transpose_forward")
    transposeBackward = try Self.permutation(json, "transpose_backward")
    guard
      (0..<3).allSatisfy({ [forward = transposeForward, backward = transposeBackward] in backward[forward[$0]] == $0 })
    else {
      throw PlansError(
        "transpose_backward", "\(transposeBackward) is not the inverse of transpose_forward \(transposeForward)")
    }
    intensityProperties = try Self.intensities(json)
    self.json = json
  }

  private static func checkLabelManager(_ json: JSONValue) throws(PlansError) {
    guard let manager = json["label_manager"]?.text, manager != "LabelManager" else { return }
    throw PlansError("label_manager", "\"\(manager)\" is unknown; there is LabelManager")
  }

  private static func permutation(_ json: JSONValue, _ key: String) throws(PlansError) -> [Int] {
    guard let axes = json[key]?.wholeNumbers, axes.sorted() == [0, 1, 2] else {
      throw PlansError(key, "expected an order of the axes 0, 1 and 2")
    }
    return axes
  }

  private static func intensities(_ json: JSONValue) throws(PlansError) -> [IntensityProperties?] {
    let newKey = "foreground_intensity_properties_per_channel"
    let key = json[newKey] == nil ? "foreground_intensity_properties_by_modality" : newKey
    guard let value = json[key], value != .null else { return [] }
    guard let members = value.members else { throw PlansError(key, "expected an object, found \(value.kind)") }
    var properties = [IntensityProperties?](repeating: nil, count: members.count)
    for member in members {
      guard let index = Int(member.key), properties.indices.contains(index) else {
        throw PlansError("\(key).\(member.key)", "expected the channel indices 0 to \(members.count - 1)")
      }
      properties[index] = IntensityProperties(member.value)
    }
    return properties
  }
}

extension Plans {
  /// The configuration called `name` with everything it inherits. Keys of a child replace its parent's.
  public func configuration(_ name: String) throws(PlansError) -> PlanConfiguration {
    try PlanConfiguration(name: name, try resolved(name, visited: []))
  }

  private func resolved(_ name: String, visited: [String]) throws(PlansError) -> JSONValue {
    guard !visited.contains(name) else {
      let path = (visited + [name]).joined(separator: " -> ")
      throw PlansError("configurations.\(name).inherits_from", "inheritance goes in a circle: \(path)")
    }
    guard let members = json["configurations"]?[name]?.members else {
      let existing = configurationNames.joined(separator: ", ")
      throw PlansError("configurations", "there is no configuration \"\(name)\"; there are \(existing)")
    }
    guard let parentValue = members.first(where: { $0.key == "inherits_from" })?.value else { return .object(members) }
    guard let parent = parentValue.text else {
      throw PlansError("configurations.\(name).inherits_from", "expected a configuration's name")
    }
    let inherited = try resolved(parent, visited: visited + [name]).members ?? []
    let own = Set(members.map { $0.key })
    return .object(inherited.filter { !own.contains($0.key) } + members)
  }
}
