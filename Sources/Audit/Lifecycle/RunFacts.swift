public import Digests

/// How a run ended.
public enum RunOutcome: String, Sendable, Hashable, Codable, CaseIterable {
  /// There is a segmentation.
  case segmented
  /// No rule takes this series.
  case unmatched
  /// The series cannot be processed as it is.
  case refused
  /// Something broke on the way.
  case failed
}

/// What is known of a run beyond its series; it fills up along the journey. `nil` means not known yet and changes nothing.
public struct RunFacts: Sendable, Hashable {
  /// StudyInstanceUID.
  public var studyUID: String?
  /// The rule's name.
  public var rule: String?
  /// The digest of the instances that went in.
  public var inputSHA256: SHA256Digest?
  /// The digest of the model.
  public var modelSHA256: SHA256Digest?
  /// The output folder, relative to the folder of the database.
  public var outputFolder: String?
  /// An earlier run of the same series that this one takes the place of.
  public var supersedes: RunID?

  /// Facts known so far.
  public init(
    studyUID: String? = nil, rule: String? = nil, inputSHA256: SHA256Digest? = nil, modelSHA256: SHA256Digest? = nil,
    outputFolder: String? = nil, supersedes: RunID? = nil
  ) {
    self.studyUID = studyUID
    self.rule = rule
    self.inputSHA256 = inputSHA256
    self.modelSHA256 = modelSHA256
    self.outputFolder = outputFolder
    self.supersedes = supersedes
  }
}

/// What makes two runs the same work.
public struct RunKey: Sendable, Hashable {
  /// SeriesInstanceUID.
  public let seriesUID: String
  /// The rule's name; `nil` if none took it.
  public let rule: String?
  /// The digest of the model; `nil` if none was used.
  public let modelSHA256: SHA256Digest?
  /// The digest of the instances; `nil` if they could not be read.
  public let inputSHA256: SHA256Digest?

  /// The key of this work.
  public init(seriesUID: String, rule: String?, modelSHA256: SHA256Digest?, inputSHA256: SHA256Digest?) {
    self.seriesUID = seriesUID
    self.rule = rule
    self.modelSHA256 = modelSHA256
    self.inputSHA256 = inputSHA256
  }
}

/// What went wrong, and in which stage.
public struct RunFailure: Sendable, Hashable {
  /// The stage's name.
  public let stage: String
  /// The error's words, without any patient identifier.
  public let error: String

  /// A failure in `stage`.
  public init(stage: String, error: String) {
    self.stage = stage
    self.error = error
  }
}
