extension FiveFolds {
  /// Headings of the column that says what must stay together, the first that a table has. `group` comes before `subject`: who makes
  /// groups of his own, of relatives or of one person under two numbers, means them.
  private static let headings = ["group", "grp", "patient", "subject", "subj"]

  /// Reads a table with a header, tab-separated: the case in the first column, with or without the file `ending`; its group in the column
  /// headed group, grp, patient, subject or subj (in any case), or else in the second.
  public static func groups(parsing text: String, ending: String = ".nii.gz") throws(TrainingError) -> [String: String]
  {
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map { fields(of: $0) }
    let titles = (lines.first ?? []).map { $0.lowercased() }
    let column = headings.compactMap { titles.firstIndex(of: $0) }.first { $0 > 0 } ?? 1
    var groups: [String: String] = [:]
    for (index, fields) in lines.enumerated().dropFirst() where fields.contains(where: { !$0.isEmpty }) {
      guard fields.count > column, !fields[0].isEmpty, !fields[column].isEmpty else {
        throw TrainingError(
          "line \(index + 1) of the groups: expected a case in column 1 and its group in column \(column + 1), found \"\(fields.joined(separator: "\t"))\""
        )
      }
      let name = fields[0].hasSuffix(ending) ? String(fields[0].dropLast(ending.count)) : fields[0]
      if let other = groups.updateValue(fields[column], forKey: name), other != fields[column] {
        throw TrainingError(
          "line \(index + 1) of the groups: case \(name) is in group \(fields[column]) and, further up, in \(other)")
      }
    }
    return groups
  }

  private static func fields(of line: Substring) -> [String] {
    line.split(separator: "\t", omittingEmptySubsequences: false).map { field in
      String(field.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.reversed().drop { $0.isWhitespace }.reversed())
    }
  }
}
