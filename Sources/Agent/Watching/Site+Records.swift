internal import Audit
internal import Foundation
internal import Writers

extension Site {
  /// Writes `record.json` into a run's output folder: everything that the database knows of it. Written after the seal and again
  /// when scores are added, whole or not at all.
  func writeRecord(of run: RunID) throws(AgentError) {
    do {
      guard let details = try audit.details(ofRun: run.text) else { return }
      guard let folder = try audit.outputFolder(of: run) else { return }
      try AtomicFile.write(Array("\(details.json)\n".utf8), to: output.folder(folder).appending(path: "record.json"))
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// Writes the records that a crash between the seal and its record has left out.
  func completeRecords() throws(AgentError) {
    do {
      for run in try audit.segmentedRuns() {
        let folder = output.folder(run.outputFolder)
        let manager = FileManager.default
        if manager.fileExists(atPath: folder.path),
          !manager.fileExists(atPath: folder.appending(path: "record.json").path)
        {
          try writeRecord(of: run.id)
        }
      }
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(error)")
    }
  }
}
