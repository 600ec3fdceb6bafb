internal import Imaging
internal import Tensors

/// The previous stage's labels as channels of the image, and random mistakes in them, so that the second stage of a cascade learns not to
/// trust them blindly.
public struct CascadeAugmentation: Sendable, Equatable {
  /// A channel is appended for each, in this order: the dataset's foreground labels.
  public let labels: [Int]
  /// Probability with which a channel is worked on where a sample is.
  let channelProbability: Double

  /// For these foreground labels. The paper gives no figures; its recipe works on every channel, as nnU-Net did before 2.7.
  public init(labels: [Int], recipe: Augmentation.Recipe = .v2) {
    self.labels = labels
    channelProbability = recipe == .v2 ? 0.5 : 1
  }

  /// `patch` with a channel of 0 and 1 appended for each label of its previous stage, which is taken away.
  public func appended(to patch: TrainingPatch) -> TrainingPatch {
    guard let previous = patch.previousStage else { preconditionFailure("a patch with its previous stage's labels") }
    var elements = patch.image.elements
    elements.reserveCapacity(elements.count + labels.count * previous.count)
    for label in labels { elements.append(contentsOf: previous.values.lazy.map { Int($0) == label ? 1 : 0 }) }
    return TrainingPatch(
      image: Tensor(shape: [patch.channels + labels.count] + patch.extent, elements: elements), labels: patch.labels)
  }

  /// The appended channels with random mistakes: with probability 0.4 each channel, with ``channelProbability``, is dilated, eroded, closed
  /// or opened by a ball of radius 1 to 8; with probability 0.2 each channel, with the same, loses one of its components, of those smaller
  /// than 15 % of the patch.
  public func augmented(_ patch: TrainingPatch, random: inout RandomSource) -> TrainingPatch {
    var result = patch
    let channels = Array(patch.channels - labels.count..<patch.channels)
    if random.chance(0.4) {
      for channel in shuffled(channels, &random) where random.chance(channelProbability) {
        let operation = Morphology.allCases[random.integer(in: 0...Morphology.allCases.count - 1)]
        apply(operation, radius: random.uniform(1, 8), to: channel, of: &result)
      }
    }
    if random.chance(0.2) {
      for channel in shuffled(channels, &random) where random.chance(channelProbability) {
        removeComponent(of: channel, in: &result) { random.integer(in: 0...$0 - 1) }
      }
    }
    return result
  }

  /// One morphological operation on a channel. Voxels it adds are taken from the other labels; those it takes away become background.
  package func apply(_ operation: Morphology, radius: Double, to channel: Int, of patch: inout TrainingPatch) {
    let count = patch.labels.count
    let before = patch.image.elements[channel * count..<(channel + 1) * count].map { $0 != 0 }
    let after = operation.applied(to: BitVolume(before, shape: patch.extent), radius: radius).voxels
    let others = (patch.channels - labels.count..<patch.channels).filter { $0 != channel }
    for (place, isSet) in after.enumerated() where isSet != before[place] {
      patch.image.elements[channel * count + place] = isSet ? 1 : 0
      if isSet { for other in others { patch.image.elements[other * count + place] = 0 } }
    }
  }

  /// Takes away the component that `choose` picks of so many small ones, in the order in which they begin in memory; full connectivity.
  package func removeComponent(of channel: Int, in patch: inout TrainingPatch, choose: (Int) -> Int) {
    let count = patch.labels.count
    let mask = patch.image.elements[channel * count..<(channel + 1) * count].map { $0 != 0 }
    let components = Components(of: mask, shape: patch.extent, connectivity: .full)
    let small = components.sizes.indices.filter { Double(components.sizes[$0]) < 0.15 * Double(count) }
    guard !small.isEmpty else { return }
    let number = UInt32(small[choose(small.count)] + 1)
    for (place, found) in components.numbers.enumerated() where found == number {
      patch.image.elements[channel * count + place] = 0
    }
  }

  /// Fisher and Yates.
  private func shuffled(_ channels: [Int], _ random: inout RandomSource) -> [Int] {
    var result = channels
    for place in result.indices.dropFirst().reversed() { result.swapAt(place, random.integer(in: 0...place)) }
    return result
  }
}
