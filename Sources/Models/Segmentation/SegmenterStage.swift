import Imaging
import Networks
import Preprocessing
import Tensors

/// One model, ready to run.
struct SegmenterStage {
  let model: TrainedModel
  let preparation: Preparation
  let predictor: Predictor
  let restoration: Restoration
  let threads: Int
  /// Whether single networks are counted, and how their heads compete.
  let tallying: FoldTally.Competition?

  init(_ model: TrainedModel, _ options: Segmenter.Options) throws(ModelError) {
    self.model = model
    preparation = try model.preparation()
    predictor = try model.predictor(
      mirroring: options.mirroring, stepSize: options.stepSize, threads: options.threads)
    restoration = model.restoration
    threads = options.threads ?? Threads.available
    tallying = options.tallies ? (model.dataset.hasRegions ? .regions : .classes) : nil
  }

  func prepare(_ channels: [Volume], previousStage: LabelMap?) throws(ModelError) -> PreparedScan {
    do throws(PreparationError) {
      return try preparation.prepare(channels, previousStage: previousStage, threads: threads)
    } catch { throw ModelError(.request, "", error.description) }
  }

  func predict(
    _ scan: PreparedScan, progress: ((PredictionProgress) -> Void)?, isCancelled: (() -> Bool)?
  ) throws(ModelError) -> Logits {
    do throws(NetworkError) {
      return try predictor.predict(scan.tensor, tallying: tallying, progress: progress, isCancelled: isCancelled)
    } catch .cancelled {
      throw ModelError(.cancelled, "", NetworkError.cancelled.description)
    } catch { throw ModelError(.request, model.folder, error.description) }
  }

  func segmentation(_ logits: Tensor, _ trace: PreparationTrace) throws(ModelError) -> Segmentation {
    do throws(RestorationError) {
      return try restoration.segmentation(from: logits, trace: trace, threads: threads)
    } catch { throw ModelError(.request, "", error.description) }
  }

  func probabilities(_ logits: Tensor, _ trace: PreparationTrace) throws(ModelError) -> Tensor {
    do throws(RestorationError) {
      return try restoration.probabilities(from: logits, trace: trace, threads: threads)
    } catch { throw ModelError(.request, "", error.description) }
  }
}
