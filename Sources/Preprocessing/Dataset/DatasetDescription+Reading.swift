public import Foundation

extension DatasetDescription {
  /// Largest label value: label maps are stored in 16 bits.
  public static let largestLabel = 65_534

  /// Reads `dataset.json` and checks it by nnU-Net's integrity rules: consecutive labels from background 0, the ignore label
  /// on top, `regions_class_order` for regions and only as long as there are regions, channels numbered from 0.
  public init(contentsOf file: URL) throws(DatasetDescriptionError) {
    let data: Data
    do { data = try Data(contentsOf: file) } catch {
      throw DatasetDescriptionError("", "\(file.lastPathComponent) cannot be read: \(error.localizedDescription)")
    }
    try self.init(parsing: data)
  }

  /// Reads the bytes of a `dataset.json`.
  public init(parsing data: Data) throws(DatasetDescriptionError) {
    let json: JSONValue
    do { json = try JSONValue(parsing: data) } catch { throw DatasetDescriptionError("", error.description) }
    try self.init(json)
  }

  /// Reads the value of a `dataset.json`, as a checkpoint may carry it.
  public init(_ json: JSONValue) throws(DatasetDescriptionError) {
    guard json.members != nil else { throw DatasetDescriptionError("", "expected an object, found \(json.kind)") }
    channelNames = try Self.channels(json)
    labels = try Self.labels(json)
    regionsClassOrder = try Self.classOrder(json)
    trainingCount = json["numTraining"]?.wholeNumber
    fileEnding = json["file_ending"]?.text
    name = json["name"]?.text
    imageReader = try Self.reader(json)
    try checkLabels()
    try checkRegions()
  }

  private static func reader(_ json: JSONValue) throws(DatasetDescriptionError) -> ImageReader? {
    let key = "overwrite_image_reader_writer"
    guard let value = json[key], value != .null, value.text != "None" else { return nil }
    guard let reader = value.text.flatMap({ ImageReader(rawValue: $0) }) else {
      let known = ImageReader.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw DatasetDescriptionError(key, "\(value.text ?? value.kind) is not known here; known are \(known)")
    }
    return reader
  }

  private static func channels(_ json: JSONValue) throws(DatasetDescriptionError) -> [String] {
    let key = json["channel_names"] == nil && json["modality"] != nil ? "modality" : "channel_names"
    guard let members = json[key]?.members, !members.isEmpty else {
      throw DatasetDescriptionError(key, "expected an object such as {\"0\": \"CT\"}")
    }
    var names = [String?](repeating: nil, count: members.count)
    for member in members {
      guard let index = Int(member.key), names.indices.contains(index), let name = member.value.text else {
        throw DatasetDescriptionError(
          "\(key).\(member.key)", "expected the indices 0 to \(members.count - 1), each with a name")
      }
      names[index] = name
    }
    return names.compactMap { $0 }
  }

  private static func labels(_ json: JSONValue) throws(DatasetDescriptionError) -> [Label] {
    guard let members = json["labels"]?.members, !members.isEmpty else {
      throw DatasetDescriptionError("labels", "expected an object such as {\"background\": 0, \"liver\": 1}")
    }
    let isDecathlon = members.allSatisfy { Int($0.key) != nil && $0.value.text != nil }
    var labels: [Label] = []
    for member in members {
      labels.append(try isDecathlon ? decathlonLabel(member) : label(member))
    }
    return labels
  }

  private static func label(_ member: JSONValue.Member) throws(DatasetDescriptionError) -> Label {
    let values = member.value.wholeNumbers ?? member.value.wholeNumber.map { [$0] } ?? []
    guard !values.isEmpty, values.allSatisfy({ (0...largestLabel).contains($0) }) else {
      throw DatasetDescriptionError(
        "labels.\(member.key)", "expected a whole number from 0 to \(largestLabel), or a list of them")
    }
    return Label(name: member.key, values: values)
  }

  private static func decathlonLabel(_ member: JSONValue.Member) throws(DatasetDescriptionError) -> Label {
    guard let value = Int(member.key), (0...largestLabel).contains(value), let name = member.value.text else {
      throw DatasetDescriptionError("labels.\(member.key)", "expected a whole number from 0 to \(largestLabel)")
    }
    return Label(name: value == 0 ? "background" : name, values: [value])
  }

  private static func classOrder(_ json: JSONValue) throws(DatasetDescriptionError) -> [Int]? {
    guard let value = json["regions_class_order"], value != .null else { return nil }
    guard let order = value.wholeNumbers, order.allSatisfy({ (0...largestLabel).contains($0) }) else {
      throw DatasetDescriptionError("regions_class_order", "expected a list of label values")
    }
    return order
  }

  private func checkLabels() throws(DatasetDescriptionError) {
    guard let background = labels.first(where: { $0.name == "background" }), background.values == [0] else {
      throw DatasetDescriptionError("labels.background", "background must be declared and must be 0")
    }
    let values = allLabels
    guard values == Array(0..<values.count), values.count > 1 else {
      throw DatasetDescriptionError("labels", "values must be 0, 1, 2, ... without a gap; found \(values)")
    }
    if let ignore = labels.first(where: { $0.isIgnore }), ignore.values != [values.count] {
      throw DatasetDescriptionError(
        "labels.ignore", "the ignore label must be one number, one above all others (\(values.count))")
    }
    let singles = labels.filter { !hasRegions && !$0.isIgnore }.flatMap { $0.values }
    guard Set(singles).count == singles.count else {
      throw DatasetDescriptionError("labels", "two names share one value; found \(singles)")
    }
  }

  private func checkRegions() throws(DatasetDescriptionError) {
    guard hasRegions else { return }
    guard let regionsClassOrder else {
      throw DatasetDescriptionError(
        "regions_class_order", "missing; with regions it must name the label each of \(regions.count) regions writes")
    }
    guard regionsClassOrder.count == regions.count else {
      throw DatasetDescriptionError(
        "regions_class_order", "has \(regionsClassOrder.count) entries for \(regions.count) regions")
    }
  }
}
