public import DICOM
public import Digests
public import Foundation
public import Writers

/// A folder below `Rules/`: which scans it takes, which model runs on them, and what is written.
public struct Rule: Sendable {
  /// Name of the folder; also the name of the folder below `Output/`.
  public let name: String
  /// The rule's file.
  public let file: URL
  /// SHA-256 of the rule's file.
  public let digest: SHA256Digest
  /// One line for people.
  public let description: String
  /// All of these must hold, of every channel.
  package let conditions: [Condition]
  /// The series of a study that make up the model's input, in the order of its channels; empty: one series is all of it.
  package let channels: [RuleChannel]
  /// How long a study waits for its channels, or a series with gaps for the rest; nil: as long as the agent was told.
  public let wait: Duration?
  /// Whether `record.json` and `report.html` may name the patient.
  public let identify: Bool
  /// The highest priority among the rules that match wins.
  public let priority: Int
  /// An nnU-Net trained-model folder.
  public let model: URL
  /// nnU-Net's name of the configuration; nil: what the model itself names.
  public let configuration: String?
  /// Which folds are averaged; nil: all there are.
  public let folds: [Int]?
  /// Whether predictions are averaged over mirrored inputs, along the axes that the model was trained to allow.
  public let mirroring: Bool
  /// Distance of windows as a fraction of the patch, in (0, 1].
  public let stepSize: Double
  /// What is written for each scan, beside the record.
  public let outputs: [OutputFormat]
  /// What is done with a series that has gaps.
  public let incomplete: IncompletePolicy
  /// From which verdict on the result is held for a person to look at.
  public let review: ReviewPolicy
  /// Axis codes of the model's training images, for instance `RAS`; nil: the scan is taken as it is stored.
  public let orientation: String?
  /// Names of the model's labels by the number they have in supplied masks; empty: the numbers are the same.
  public let referenceLabels: [Int: [String]]
  /// Codes of the model's labels by name, for DICOM SEG; labels without are coded as tissue.
  public let anatomy: [String: AnatomyCode]
  /// Where its scans are computed and with what, over `executor.yaml`; nil: as that says.
  let executor: ExecutorSettings.Resources?
}

/// What is done with a series that has missing slices.
public enum IncompletePolicy: String, Sendable, CaseIterable {
  /// Wait for the rest; refuse it when the wait is over.
  case hold
  /// Process what is there, and record the gaps.
  case process
  /// Refuse at once.
  case refuse
}

/// Which results are held for review; they are written all the same.
public enum ReviewPolicy: String, Sendable, CaseIterable {
  /// Doubtful ones and poor ones.
  case doubtful
  /// Poor ones.
  case poor
  /// None.
  case never
}

/// What a label stands for, in codes (SegmentedPropertyTypeCodeSequence and SegmentedPropertyCategoryCodeSequence).
public struct AnatomyCode: Sendable, Hashable {
  /// For instance SNOMED CT's 5366008, "Hippocampus".
  public let type: CodedConcept
  /// For instance SNOMED CT's 123037004, "Anatomical Structure".
  public let category: CodedConcept
}
