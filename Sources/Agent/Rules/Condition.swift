/// One line of a rule's `match`. Every condition of a rule must hold.
///
/// A DICOM keyword asks the scan's header; the words in lower case are the agent's own.
package indirect enum Condition: Sendable, Hashable, CustomStringConvertible {
  /// A DICOM attribute by its keyword (PS3.6), for instance `Modality`. Any of the matchers may hold.
  case attribute(keyword: String, any: [TextMatcher])
  /// Number of slices (planes along the slice normal).
  case slices(NumberTest)
  /// Number of rows of a slice.
  case rows(NumberTest)
  /// Number of columns of a slice.
  case columns(NumberTest)
  /// Voxel spacing in mm; must hold for each of the three axes.
  case spacing(NumberTest)
  /// Plane of the slices: `axial`, `sagittal`, `coronal` or `oblique`.
  case orientation(any: [String])
  /// The path of the inbox that the scan came through. Any of the matchers may hold.
  case inbox(any: [TextMatcher])
  /// None of these may hold.
  case not([Condition])

  /// The agent's own condition words.
  static let words = ["slices", "rows", "columns", "spacing", "orientation", "inbox", "not"]

  /// Why the condition does not hold for `subject`; nil when it holds.
  package func objection(to subject: RuleSubject) -> String? {
    switch self {
    case .attribute(let keyword, let matchers):
      Self.objection(keyword, subject.attribute(keyword), matchers)
    case .inbox(let matchers):
      Self.objection("inbox", subject.inbox.map { [$0] } ?? [], matchers)
    case .slices(let test):
      test.holds(for: Double(subject.slices)) ? nil : "slices is \(subject.slices), not \(test)"
    case .rows(let test):
      test.holds(for: Double(subject.rows)) ? nil : "rows is \(subject.rows), not \(test)"
    case .columns(let test):
      test.holds(for: Double(subject.columns)) ? nil : "columns is \(subject.columns), not \(test)"
    case .spacing(let test):
      subject.spacing.allSatisfy { test.holds(for: $0) }
        ? nil
        : "spacing is \(subject.spacing.map { Self.millimetres($0) }.joined(separator: " x ")) mm, not \(test) on every axis"
    case .orientation(let any):
      any.contains(subject.orientation)
        ? nil : "orientation is \(subject.orientation), not \(any.joined(separator: " or "))"
    case .not(let conditions):
      conditions.first { $0.objection(to: subject) == nil }.map { "\($0) holds, which `not` rules out" }
    }
  }

  /// Whether the condition may hold for a scan of which only some attributes and the inbox are known; `attribute` gives nil for
  /// one that is not known, of which anything may hold.
  func mayHold(_ attribute: (String) -> [String]?, inbox: String?) -> Bool {
    switch self {
    case .attribute(let keyword, let matchers):
      attribute(keyword).map { Self.objection(keyword, $0, matchers) == nil } ?? true
    case .inbox(let matchers): Self.objection("inbox", inbox.map { [$0] } ?? [], matchers) == nil
    case .slices, .rows, .columns, .spacing, .orientation: true
    case .not(let conditions):
      !conditions.contains { condition in
        switch condition {
        case .attribute(let keyword, _): attribute(keyword) != nil && condition.mayHold(attribute, inbox: inbox)
        case .inbox: condition.mayHold(attribute, inbox: inbox)
        default: false
        }
      }
    }
  }

  /// As a rule file says it.
  package var description: String {
    switch self {
    case .attribute(let keyword, let any): "\(keyword) \(any.map { $0.description }.joined(separator: " or "))"
    case .inbox(let any): "inbox \(any.map { $0.description }.joined(separator: " or "))"
    case .slices(let test): "slices \(test)"
    case .rows(let test): "rows \(test)"
    case .columns(let test): "columns \(test)"
    case .spacing(let test): "spacing \(test)"
    case .orientation(let any): "orientation \(any.joined(separator: " or "))"
    case .not(let conditions): "not (\(conditions.map { $0.description }.joined(separator: ", ")))"
    }
  }

  private static func objection(_ name: String, _ values: [String], _ matchers: [TextMatcher]) -> String? {
    if values.contains(where: { value in matchers.contains { $0.holds(for: value) } }) { return nil }
    let wanted = matchers.map { $0.description }.joined(separator: " or ")
    return values.isEmpty ? "\(name) is absent, not \(wanted)" : "\(name) is \"\(values[0])\", not \(wanted)"
  }

  private static func millimetres(_ value: Double) -> String {
    let hundredths = (value * 100).rounded() / 100
    return hundredths == hundredths.rounded() ? "\(Int(hundredths))" : "\(hundredths)"
  }
}

/// What a rule may ask of a scan.
package struct RuleSubject: Sendable {
  /// The values of a DICOM attribute: the whole text first, then its parts when it has several; empty when absent.
  let attribute: @Sendable (_ keyword: String) -> [String]
  /// Number of slices.
  let slices: Int
  /// Rows of a slice.
  let rows: Int
  /// Columns of a slice.
  let columns: Int
  /// `[D, H, W]`, mm.
  let spacing: [Double]
  /// `axial`, `sagittal`, `coronal` or `oblique`.
  let orientation: String
  /// Path of the inbox; nil when the scan was named on the command line.
  let inbox: String?

  package init(
    attribute: @escaping @Sendable (String) -> [String], slices: Int, rows: Int, columns: Int, spacing: [Double],
    orientation: String, inbox: String?
  ) {
    self.attribute = attribute
    self.slices = slices
    self.rows = rows
    self.columns = columns
    self.spacing = spacing
    self.orientation = orientation
    self.inbox = inbox
  }
}
