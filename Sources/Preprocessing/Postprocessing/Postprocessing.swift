public import Foundation
public import Imaging

/// What a model's cross-validation found to help after segmenting: keeping only the largest connected component of a label, or
/// of several labels taken together.
///
/// Source: nnU-Net v2 `postprocessing/remove_connected_components.py`, file `postprocessing.json`; v1's file of the same name
/// (`for_which_classes`) is read too.
public struct Postprocessing: Sendable, Equatable {
  /// One removal: the union of `labels` is one object, and only its largest component stays (ties all stay).
  public struct Step: Sendable, Equatable {
    /// Label values, at least one.
    public let labels: [Int]

    /// A removal over the union of `labels`.
    public init(labels: [Int]) { self.labels = labels }
  }

  /// The removals, applied in this order.
  public let steps: [Step]
  /// Which neighbours belong together: all 26 in nnU-Net v2, the 6 faces in v1.
  public let connectivity: Connectivity

  /// Removals in order.
  public init(steps: [Step], connectivity: Connectivity = .full) {
    self.steps = steps
    self.connectivity = connectivity
  }

  /// What one removal took away.
  public struct Removal: Sendable, Equatable, Codable {
    /// The labels taken together.
    public let labels: [Int]
    /// Components removed.
    public let components: Int
    /// Voxels that became background.
    public let voxels: Int

    /// What one removal took away.
    public init(labels: [Int], components: Int, voxels: Int) {
      self.labels = labels
      self.components = components
      self.voxels = voxels
    }
  }

  /// The segmentation after all removals, measured again, and what each took away.
  public func applied(
    to segmentation: Segmentation, dataset: DatasetDescription
  ) -> (segmentation: Segmentation, removals: [Removal]) {
    let (labels, removals) = applied(to: segmentation.labels)
    guard removals.contains(where: { $0.voxels > 0 }) else { return (segmentation, removals) }
    return (Segmentation(measuring: labels, dataset: dataset), removals)
  }

  /// The label map after all removals, and what each took away.
  public func applied(to map: LabelMap) -> (labels: LabelMap, removals: [Removal]) {
    var labels = map
    var removals: [Removal] = []
    for step in steps {
      let union = Set(step.labels.compactMap { UInt16(exactly: $0) })
      let result = labels.keepingLargestComponent(of: union, connectivity: connectivity)
      labels = result.labels
      removals.append(
        Removal(labels: step.labels, components: result.removedComponents, voxels: result.removedVoxels))
    }
    return (labels, removals)
  }
}

/// A `postprocessing.json` that cannot be applied.
public struct PostprocessingError: Error, Equatable, CustomStringConvertible {
  /// The sentence for people.
  public let description: String

  init(_ problem: String) { description = "postprocessing.json: \(problem)" }
}

extension Postprocessing {
  private static let function = "remove_all_but_largest_component_from_segmentation"

  /// Reads the bytes of a `postprocessing.json`. Labels that the model cannot write are an error.
  public init(parsing data: Data, dataset: DatasetDescription) throws(PostprocessingError) {
    let json: JSONValue
    do { json = try JSONValue(parsing: data) } catch { throw PostprocessingError(error.description) }
    if let classes = json["for_which_classes"] {
      try self.init(firstVersion: json, classes: classes, dataset: dataset)
      return
    }
    guard let functions = json["postprocessing_fns"]?.elements, let arguments = json["postprocessing_kwargs"]?.elements,
      functions.count == arguments.count
    else { throw PostprocessingError("postprocessing_fns and postprocessing_kwargs must be lists of one length") }
    var steps: [Step] = []
    for (function, arguments) in zip(functions, arguments) {
      guard function.text == Self.function else {
        throw PostprocessingError("\(function.text ?? function.kind) is unknown; there is \(Self.function)")
      }
      guard (arguments["background_label"]?.wholeNumber ?? 0) == 0 else {
        throw PostprocessingError("only 0 can be the background_label")
      }
      steps.append(try Self.step(arguments["labels_or_regions"] ?? .null, dataset))
    }
    self.init(steps: steps)
  }

  private init(
    firstVersion json: JSONValue, classes: JSONValue, dataset: DatasetDescription
  ) throws(PostprocessingError) {
    guard let entries = classes.elements else { throw PostprocessingError("for_which_classes must be a list") }
    let sizes = json["min_valid_object_sizes"]
    guard sizes == nil || sizes == .null || sizes == .string("None") else {
      throw PostprocessingError("min_valid_object_sizes other than \"None\" is not implemented")
    }
    var steps: [Step] = []
    for entry in entries { steps.append(try Self.step(entry, dataset)) }
    self.init(steps: steps, connectivity: .faces)
  }

  /// A label, a list of labels, or a list of regions: in every case their union.
  private static func step(_ value: JSONValue, _ dataset: DatasetDescription) throws(PostprocessingError) -> Step {
    let labels = Set(flattened(value))
    guard !labels.isEmpty, labels.isSubset(of: Set(dataset.foregroundLabels + dataset.writtenLabels)) else {
      throw PostprocessingError(
        "expected foreground labels of the model, \(dataset.writtenLabels), found \(value.formatted)")
    }
    return Step(labels: labels.sorted())
  }

  private static func flattened(_ value: JSONValue) -> [Int] {
    if let elements = value.elements { return elements.flatMap { flattened($0) } }
    return [value.wholeNumber ?? -1]
  }

  /// The two keys that say what to do, as nnU-Net v2 writes them.
  public var json: JSONValue {
    .object([
      .init("postprocessing_fns", .array(steps.map { _ in .string(Self.function) })),
      .init(
        "postprocessing_kwargs",
        .array(
          steps.map { step in
            .object([.init("labels_or_regions", step.labels.count == 1 ? .integer(step.labels[0]) : .list(step.labels))]
            )
          })),
    ])
  }
}
