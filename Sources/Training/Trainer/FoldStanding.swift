public import Foundation
import Models

/// How far the training of one fold has come, by what it left on disk.
public struct FoldStanding: Sendable, Equatable {
  /// Whole epochs, as its checkpoint says.
  public let epochs: Int
  /// Whether all epochs are done and the finished network is there.
  public let isTrained: Bool

  /// Of the folder `fold_N`. Throws where it was begun with other settings; the number of epochs may differ.
  public init(of folder: URL, settings: TrainingSettings) throws(TrainingError) {
    let latest = folder.appending(path: Trainer.latestName)
    let facts = (try? SafetensorsFile(folder.appending(path: Trainer.finalName)))
      .flatMap { CheckpointFacts(metadata: $0.metadata) }
    guard FileManager.default.fileExists(atPath: latest.path) else {
      // A checkpoint to go on from may have been deleted when all was done.
      epochs = facts?.epoch ?? 0
      isTrained = facts != nil && epochs >= settings.epochs
      return
    }
    do {
      let progress = try TrainingState.progress(SafetensorsFile(latest), latest, settings: settings)
      epochs = progress.epoch
      let isOver = epochs >= settings.epochs || progress.plateau?.isOver == true
      isTrained = isOver && facts?.epoch == epochs
    } catch let error as TrainingError { throw error } catch { throw TrainingError("\(error)") }
  }
}
