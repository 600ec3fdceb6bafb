public import Foundation

/// `log.jsonl`: a line of JSON for each epoch that is done.
struct TrainingLog {
  private let file: URL
  private var lines: [String]

  /// Keeps the first `epochs` lines of a log that is there already: what a killed run wrote beyond its last checkpoint is done again.
  init(_ file: URL, epochs: Int) throws {
    self.file = file
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    lines = text.split(separator: "\n").prefix(epochs).map { String($0) }
  }

  mutating func append(_ record: EpochRecord) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    lines.append(String(decoding: try encoder.encode(record), as: UTF8.self))
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file, options: .atomic)
  }
}

extension EpochRecord {
  /// The epochs in a log; lines that are none are left out.
  public static func all(in log: URL) -> [EpochRecord] {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      try? JSONDecoder().decode(EpochRecord.self, from: Data(line.utf8))
    }
  }
}
