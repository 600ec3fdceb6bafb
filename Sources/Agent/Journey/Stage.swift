/// The stages of a scan's journey, in the order in which they are passed.
public enum Stage: String, Sendable, CaseIterable, Codable {
  /// A file of the series was seen.
  case noticed
  /// Nothing of the series changed any more.
  case settled
  /// The files became a volume.
  case converted
  /// One rule took it.
  case matched
  /// The volume became the network's input.
  case preprocessed
  /// The network's logits.
  case inferred
  /// The logits became a label map in the scan's own geometry.
  case postprocessed
  /// The outputs and the record of them are complete, in a bundle.
  case written
  /// The bundle was taken in: the outputs are in their place, and the audit holds the sealed run.
  case recorded
}
