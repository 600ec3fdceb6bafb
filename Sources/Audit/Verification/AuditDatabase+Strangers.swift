import Foundation
import GRDB

/// What lies in the output tree and is not on record.
extension AuditDatabase {
  /// Files that stand beside the recorded ones in each run's folder: `record.json` and `ro-crate-metadata.json` repeat the database
  /// and have no digest in it.
  private static let besides: Set<String> = ["record.json", "ro-crate-metadata.json"]

  /// Every file in a sealed run's folder, and every folder beside those, of which no run tells. Hidden names are work in progress.
  func strangers() throws(AuditError) -> [Difference] {
    let (outputs, folders, sealed) = try read { db in
      (
        try Set(String.fetchAll(db, sql: "SELECT path FROM file WHERE role = 'output'")),
        // Those of open runs too: an agent may be at work.
        try Set(String.fetchAll(db, sql: "SELECT output_folder FROM run WHERE output_folder IS NOT NULL")),
        try Set(
          String.fetchAll(
            db, sql: "SELECT output_folder FROM run WHERE output_folder IS NOT NULL AND outcome IS NOT NULL"))
      )
    }
    var found: [Difference] = []
    for group in Set(folders.map { ($0 as NSString).deletingLastPathComponent }).sorted() {
      for name in names(in: group) where !folders.contains("\(group)/\(name)") {
        found.append(.stranger(path: "\(group)/\(name)"))
      }
    }
    for folder in sealed.sorted() {
      for name in names(in: folder) where !outputs.contains("\(folder)/\(name)") && !Self.besides.contains(name) {
        found.append(.stranger(path: "\(folder)/\(name)"))
      }
    }
    return found
  }

  /// What a folder of the output tree holds, hidden names aside.
  private func names(in folder: String) -> [String] {
    let place = file.deletingLastPathComponent().appending(path: folder)
    return ((try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []).filter { !$0.hasPrefix(".") }
      .sorted()
  }
}
