import Foundation
import Synchronization

/// A batch as a network takes it, and the cases it came from.
struct TrainingBatch: Sendable {
  let cases: [String]
  let patches: [TrainingPatch]
}

/// Makes batches. Everything about a batch follows from the seed and its place in the run, so that a run that was interrupted, or that
/// has other threads, sees the same ones.
struct BatchSource: Sendable {
  let training: PatchSampler
  let validation: PatchSampler
  let augmentation: Augmentation
  let batchSize: Int
  let seed: UInt64

  /// Streams of training and of validation never meet.
  private enum Purpose: Int {
    case training = 0
    case validation = 1
  }

  func trainingBatch(epoch: Int, iteration: Int) -> TrainingBatch {
    batch(training, .training, epoch, iteration) { patch, random in augmentation.augmented(patch, random: &random) }
  }

  func validationBatch(epoch: Int, iteration: Int) -> TrainingBatch {
    batch(validation, .validation, epoch, iteration) { patch, _ in augmentation.centred(patch) }
  }

  private func batch(
    _ sampler: PatchSampler, _ purpose: Purpose, _ epoch: Int, _ iteration: Int,
    _ change: (TrainingPatch, inout RandomSource) -> TrainingPatch
  ) -> TrainingBatch {
    var (cases, patches): ([String], [TrainingPatch]) = ([], [])
    for sample in 0..<batchSize {
      var random = RandomSource(seed: seed, path: [purpose.rawValue, epoch, iteration, sample])
      let isForced = PatchSampler.isForced(sample, of: batchSize, recipe: augmentation.recipe)
      let (name, patch) = sampler.draw(forced: isForced, random: &random)
      cases.append(name)
      patches.append(change(patch, &random))
    }
    return TrainingBatch(cases: cases, patches: patches)
  }
}

/// Calls `body` with the values of `make(0)`, `make(1)`, ... in order, each made on another thread while the one before is used.
func preparedAhead<Value: Sendable>(
  _ count: Int, make: @escaping @Sendable (Int) -> Value, body: (Int, Value) throws -> Void
) rethrows {
  guard count > 0 else { return }
  let queue = DispatchQueue(label: "vigil.batches", qos: .userInitiated)
  let (box, group) = (AheadBox<Value>(), DispatchGroup())
  defer { group.wait() }
  queue.async(group: group) { box.put(make(0)) }
  for index in 0..<count {
    group.wait()
    guard let value = box.take() else { return }
    if index + 1 < count { queue.async(group: group) { box.put(make(index + 1)) } }
    try body(index, value)
  }
}

/// One value on its way from one thread to another.
private final class AheadBox<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)

  func put(_ new: Value) { value.withLock { $0 = new } }

  func take() -> Value? {
    value.withLock { value in
      defer { value = nil }
      return value
    }
  }
}
