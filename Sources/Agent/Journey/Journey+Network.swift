internal import DICOM
internal import Foundation
internal import Imaging
internal import Models
internal import Networks
internal import Preprocessing
internal import Tensors
internal import Trust

extension Journey {
  /// The volume as the first model takes it; a leaning stack (gantry tilt) is set upright, because no network knows shear.
  func preprocessed(_ match: MatchedScan) throws(JourneyError) -> (SegmenterInput, Facts) {
    let aligned = try study?.aligned()
    do throws(ModelError) {
      let input = try match.segmenter.prepare(aligned?.volumes ?? [scan.volume.upright()])
      let trace = input.prepared.trace
      return (
        input,
        [
          "shape": .integers(input.prepared.tensor.shape), "crop_lower": .integers(trace.cropBox.lower),
          "crop_upper": .integers(trace.cropBox.upper), "spacing": .numbers(trace.spacing),
          "target_spacing": .numbers(trace.targetSpacing),
          "normalization": .texts(trace.channels.map { $0.scheme.rawValue }), "warnings": .texts(trace.warnings),
          "orientation": input.orientation.map { .text($0.description) } ?? .null,
          "lean_degrees": .number(scan.volume.geometry.leanDegrees),
          "channels": aligned.map { .list($0.facts) } ?? .null,
        ]
      )
    } catch {
      throw JourneyError(.preprocessed, .failed, "\(error)")
    }
  }

  /// What the networks say, averaged over windows, mirrors, folds and configurations.
  func inferred(_ input: SegmenterInput, _ match: MatchedScan) throws(JourneyError) -> (SegmenterOutput, Facts) {
    let (series, rule, voxels, reporter) = (
      scan.shortName, match.rule.name, scan.volume.geometry.count, context.reporter
    )
    var (refusal, bytes): (JourneyError?, Int) = (nil, 0)
    let (isCancelled, end) = (context.isCancelled, context.timeLimit.map { ContinuousClock.now + $0 })
    let hasRunOut = { end.map { ContinuousClock.now >= $0 } ?? false }
    do throws(ModelError) {
      let output = try match.segmenter.infer(
        input,
        admits: { predictor, prepared in
          do throws(JourneyError) {
            bytes = max(bytes, try memory(of: predictor, for: prepared, match.segmenter))
          } catch {
            refusal = error
          }
          return refusal == nil
        },
        progress: { step in
          reporter.progressed(JourneyProgress(series: series, rule: rule, voxels: voxels, step: step))
        }, isCancelled: { isCancelled() || hasRunOut() })
      AddressSpace.provide(for: context.threads ?? ProcessInfo.processInfo.activeProcessorCount)
      return (output, Self.facts(output, estimate: bytes))
    } catch {
      if let refusal { throw refusal }
      if error.kind == .cancelled, isCancelled() {
        throw JourneyError(.inferred, .interrupted, "the agent was told to stop")
      }
      if error.kind == .cancelled, let limit = context.timeLimit {
        throw JourneyError(
          .inferred, .failed, "the network took longer than the time limit of \(limit); raise --time-limit if it may")
      }
      throw JourneyError(.inferred, .failed, "\(error)")
    }
  }

  private static func facts(_ output: SegmenterOutput, estimate: Int) -> Facts {
    let runs = output.runs
    let each = runs.map { run -> Fact in
      .object([
        "configuration": .text(run.configuration), "windows": .integer(run.facts.windows),
        "mirrors": .integer(run.facts.mirrors), "folds": .integer(run.facts.folds),
      ])
    }
    var facts: Facts = [
      "windows": .integer(runs.reduce(0) { $0 + $1.facts.windows }),
      "mirrors": .integer(runs.map { $0.facts.mirrors }.max() ?? 0),
      "folds": .integer(runs.map { $0.facts.folds }.max() ?? 0), "estimated_bytes": .integer(estimate),
      "peak_memory_bytes": .integer(ProcessMemory.peak),
    ]
    if runs.count > 1 { facts["models"] = .list(each) }
    return facts
  }

  /// A scan that cannot fit is refused with the figures instead of being killed. The models are loaded by now.
  private func memory(
    of predictor: Predictor, for prepared: PreparedScan, _ segmenter: Segmenter
  ) throws(JourneyError) -> Int {
    let held = scan.volume.voxels.count * MemoryLayout<Float>.stride
    guard let estimate = segmenter.memory(of: predictor, for: prepared, scanBytes: held) else {
      throw JourneyError(
        .inferred, .refused, "the scan is too large to count its memory: shape \(prepared.tensor.shape)")
    }
    let needed = estimate.beyondModels - held
    var room = ProcessMemory.room(threads: context.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    if let most = context.memory, most < room.bytes { room = .init(bytes: Int(most), words: "are allowed by --memory") }
    guard needed <= room.bytes else {
      throw JourneyError(
        .inferred, .postponed,
        "inference needs about \(needed >> 20) MiB, \(room.bytes >> 20) MiB \(room.words): make room, or use a larger machine"
      )
    }
    return estimate.total
  }

  /// The label map on the scan's own grid and axes, after what the ensemble removes. What was found in a stack that was set
  /// upright is brought back onto the slices as they lie, by nearest neighbour.
  func postprocessed(_ output: SegmenterOutput, _ match: MatchedScan) throws(JourneyError) -> (Segmentation, Facts) {
    do throws(ModelError) {
      let result = try match.segmenter.restore(output)
      let own = scan.volume.geometry
      let segmentation =
        result.segmentation.labels.geometry.isSameGrid(as: own)
        ? result.segmentation
        : Segmentation(
          measuring: result.segmentation.labels.resampledNearest(onto: own), dataset: match.model.dataset)
      let measured = segmentation.perLabel.map { label -> Fact in
        .object([
          "label": .integer(label.label), "name": .text(label.name), "voxels": .integer(label.voxels),
          "volume_ml": .number(label.millilitres),
        ])
      }
      let removed = result.removals.reduce(0) { $0 + $1.components }
      var facts: Facts = ["labels": .list(measured), "components_removed": .integer(removed)]
      facts[TrustReport.factName] = trust(in: segmentation, output, match)
      return (segmentation, facts)
    } catch {
      throw JourneyError(.postprocessed, .failed, "\(error)")
    }
  }
}
