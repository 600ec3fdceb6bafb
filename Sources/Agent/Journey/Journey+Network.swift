internal import DICOM
internal import Foundation
internal import Imaging
internal import Models
internal import Networks
internal import Preprocessing
internal import Tensors

extension Journey {
  /// The volume as the network takes it. Nothing after this keeps the scan's voxels but the outputs that need them.
  func preprocessed(_ match: MatchedScan) throws(JourneyError) -> (PreparedScan, Facts) {
    do {
      let volume = match.orientation.map { scan.volume.reoriented(to: $0) } ?? scan.volume
      let prepared = try match.model.preparation().prepare([volume], threads: context.threads ?? Threads.available)
      let trace = prepared.trace
      return (
        prepared,
        [
          "shape": .integers(prepared.tensor.shape), "crop_lower": .integers(trace.cropBox.lower),
          "crop_upper": .integers(trace.cropBox.upper), "spacing": .numbers(trace.spacing),
          "target_spacing": .numbers(trace.targetSpacing),
          "normalization": .texts(trace.channels.map { $0.scheme.rawValue }), "warnings": .texts(trace.warnings),
          "orientation": match.orientation.map { .text($0.description) } ?? .null,
        ]
      )
    } catch {
      throw JourneyError(.preprocessed, .failed, "\(error)")
    }
  }

  /// The network's logits, averaged over windows, mirrors and folds.
  func inferred(_ prepared: PreparedScan, _ match: MatchedScan) throws(JourneyError) -> (Logits, Facts) {
    let (series, reporter) = (scan.shortName, context.reporter)
    do {
      let predictor = try match.model.predictor(
        mirroring: match.rule.mirroring, stepSize: match.rule.stepSize, threads: context.threads)
      let bytes = try memory(of: predictor, for: prepared)
      let logits = try predictor.predict(
        prepared.tensor,
        progress: { reporter.progressed($0.done, of: $0.total, of: series) }, isCancelled: context.isCancelled)
      return (
        logits,
        [
          "windows": .integer(logits.facts.windows), "mirrors": .integer(logits.facts.mirrors),
          "folds": .integer(logits.facts.folds), "estimated_bytes": .integer(bytes),
          "peak_memory_bytes": .integer(ProcessMemory.peak),
        ]
      )
    } catch let error as JourneyError {
      throw error
    } catch NetworkError.cancelled {
      throw JourneyError(.inferred, .interrupted, "the agent was told to stop")
    } catch {
      throw JourneyError(.inferred, .failed, "\(error)")
    }
  }

  /// A scan that cannot fit is refused with the figures instead of being killed.
  private func memory(of predictor: Predictor, for prepared: PreparedScan) throws(JourneyError) -> Int {
    guard let estimate = predictor.memoryEstimate(shape: prepared.tensor.shape) else {
      throw JourneyError(
        .inferred, .refused, "the scan is too large to count its memory: shape \(prepared.tensor.shape)")
    }
    let needed = estimate.total - estimate.weights
    let available = ProcessMemory.available
    guard needed <= available else {
      throw JourneyError(
        .inferred, .refused,
        "inference needs about \(needed >> 20) MiB, \(available >> 20) MiB are free: free some, or use a larger machine"
      )
    }
    return estimate.total
  }

  /// The label map on the scan's own grid and axes.
  func postprocessed(
    _ logits: Logits, _ prepared: PreparedScan, _ match: MatchedScan
  ) throws(JourneyError) -> (Segmentation, Facts) {
    do {
      var result = try match.model.restoration.segmentation(
        from: logits.values, trace: prepared.trace, threads: context.threads ?? Threads.available)
      if let orientation = match.orientation {
        let there = AxisReorientation(from: scan.volume.geometry.axisCodes, to: orientation)
        result = result.reoriented(by: there.inverse)
      }
      let measured = result.perLabel.map { label -> Fact in
        .object([
          "label": .integer(label.label), "name": .text(label.name), "voxels": .integer(label.voxels),
          "volume_ml": .number(label.millilitres),
        ])
      }
      return (result, ["labels": .list(measured), "components_removed": 0])
    } catch {
      throw JourneyError(.postprocessed, .failed, "\(error)")
    }
  }
}
