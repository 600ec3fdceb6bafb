internal import DICOM
internal import Models
internal import Preprocessing
internal import Trust

extension Journey {
  /// How far the segmentation may be trusted, for the record; a calibration that cannot be read is said to be none.
  func trust(in segmentation: Segmentation, _ output: SegmenterOutput, _ match: MatchedScan) -> Fact {
    do throws(TrustError) {
      var report = try Judge(match.model).report(
        image: scan.volume, labels: segmentation.labels, votes: output.votes, axisCodes: output.axisCodes)
      report.hold = match.rule.review.holds(report.verdict)
      return Fact(encoding: report)
    } catch {
      let warning = "not judged: \(error)"
      return Fact(
        encoding: TrustReport(
          score: nil, verdict: .doubtful, hold: match.rule.review.holds(.doubtful), perLabel: [], warnings: [warning]))
    }
  }
}

extension ReviewPolicy {
  /// Whether a result with this verdict waits for a person.
  func holds(_ verdict: TrustReport.Verdict) -> Bool {
    switch self {
    case .doubtful: verdict != .good
    case .poor: verdict == .poor
    case .never: false
    }
  }
}
