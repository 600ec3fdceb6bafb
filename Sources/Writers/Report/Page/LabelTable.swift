import Imaging

/// The labels of a page in the order of their codes 1, 2, ..., each with a name and a colour.
struct LabelTable: Sendable {
  /// One label.
  struct Entry: Sendable {
    let value: UInt16
    let name: String
    let colour: LabelColour
    let members: [UInt16]
  }

  /// All labels, background left out.
  let entries: [Entry]

  /// The labels of `values` (the first is background), named and coloured as `names` says.
  init(values: [UInt16], names: [ReportContent.Label]) {
    entries = values.dropFirst().enumerated().map { place, value in
      let label = names.first { $0.value == value }
      let name = PlainText.cleaned(label?.name ?? "")
      return Entry(
        value: value, name: name.isEmpty ? "Label \(value)" : name,
        colour: label?.colour ?? LabelPalette.colour(at: place), members: label?.members ?? [])
    }
  }

  /// The codes of the labels that an entry stands for; nil where it stands for itself alone.
  func memberCodes(_ entry: Entry) -> [Int]? {
    let codes = entry.members.compactMap { member in entries.firstIndex { $0.value == member }.map { $0 + 1 } }
    return codes.isEmpty ? nil : codes
  }

  /// The label's name.
  func name(_ value: UInt16) -> String { entries.first { $0.value == value }?.name ?? "Label \(value)" }

  /// The label's colour mark.
  func mark(_ value: UInt16) -> Markup {
    guard let place = entries.firstIndex(where: { $0.value == value }) else { return .nothing }
    return "<span class=\"mark label-\(place + 1)\" aria-hidden=\"true\"></span>"
  }

  /// A style sheet that gives every mark its colour; the page's policy admits no style attributes.
  var styleSheet: String {
    entries.enumerated().map { ".label-\($0 + 1){--colour:\($1.colour.hex)}" }.joined(separator: "\n")
  }
}
