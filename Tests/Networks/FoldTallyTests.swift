import Networks
import Tensors
import Testing

@Suite struct FoldTallyTests {
  private func predictor(_ golden: GoldenNetwork, folds: [Int], mirrors: [Int]) throws -> Predictor {
    try Predictor(
      networks: folds.map { try golden.network(fold: $0) },
      window: SlidingWindow(patchSize: golden.patch, mirrorAxes: mirrors))
  }

  /// Where one window covers the volume, each network's tally is the arg max of that network's own logits.
  @Test func countsWhatEachNetworkSays() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    let whole = try golden.tensor("volume")
    let patch = golden.patch
    let volume = Tensor(shape: [whole.shape[0]] + patch, elements: crop(whole, to: patch))
    let both = try predictor(golden, folds: [0, 1], mirrors: [0, 1, 2])
    let counted = try both.predict(volume, tallying: .classes)
    #expect(counted.values == (try both.predict(volume)).values)
    #expect(counted.tallies.count == 2)
    for fold in 0..<2 {
      let alone = try predictor(golden, folds: [fold], mirrors: [0, 1, 2]).predict(volume).values
      let plain = try predictor(golden, folds: [fold], mirrors: []).predict(volume).values
      let (winners, first) = (argmax(alone), argmax(plain))
      let tally = counted.tallies[fold]
      // Single precision may tip a tie; more than one voxel in a thousand is a mistake.
      let different = zip(tally.winners.expanded, winners).count { Int($0) != $1 }
      #expect(different * 1000 <= winners.count)
      for value in 1..<alone.shape[0] where winners.contains(value) {
        let shared = zip(winners, first).count { $0 == value && $1 == value }
        let sum = winners.count { $0 == value } + first.count { $0 == value }
        #expect(abs((tally.values[value].mirrorDice ?? -1) - 2 * Double(shared) / Double(sum)) < 0.02)
        let entropy = try #require(tally.values[value].meanEntropy)
        #expect((0...1).contains(entropy))
      }
    }
  }

  @Test func countsEveryVoxelOnceWhereWindowsOverlap() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    let volume = try golden.tensor("volume")
    let tally = try predictor(golden, folds: [0], mirrors: []).predict(volume, tallying: .classes).tallies[0]
    let background = tally.winners.expanded.count { $0 == 0 }
    #expect(background + tally.values[1...].reduce(0) { $0 + $1.voxels } == volume.count / volume.shape[0])
    #expect(tally.passes == 1)
    for value in tally.values[1...] where value.voxels > 0 { #expect(value.mirrorDice == 1) }
  }

  @Test func comparesRunsAsVoxelByVoxel() throws {
    let golden = try GoldenNetwork.load("plain-anisotropic")
    let tallies = try predictor(golden, folds: [0, 1], mirrors: []).predict(
      golden.tensor("volume"), tallying: .classes
    ).tallies
    let (a, b) = (tallies[0].winners, tallies[1].winners)
    let heads = tallies[0].values.count
    let dice = a.dice(with: b, count: heads)
    for value in 1..<heads {
      let (first, second) = (a.expanded, b.expanded)
      let shared = zip(first, second).count { $0 == value && $1 == value }
      let sum = first.count { $0 == value } + second.count { $0 == value }
      #expect(dice[value - 1] == (sum == 0 ? nil : 2 * Double(shared) / Double(sum)))
    }
  }

  private func argmax(_ logits: Tensor) -> [Int] {
    let stride = logits.count / logits.shape[0]
    return (0..<stride).map { place in
      (1..<logits.shape[0]).reduce(0) { best, head in
        logits.elements[head * stride + place] > logits.elements[best * stride + place] ? head : best
      }
    }
  }

  private func crop(_ tensor: Tensor, to extent: [Int]) -> [Float] {
    let shape = tensor.shape
    return (0..<shape[0]).flatMap { channel in
      (0..<extent[0]).flatMap { z in
        (0..<extent[1]).flatMap { y in
          (0..<extent[2]).map { x in
            let place = [z % shape[1], y % shape[2], x % shape[3]]
            return tensor.elements[((channel * shape[1] + place[0]) * shape[2] + place[1]) * shape[3] + place[2]]
          }
        }
      }
    }
  }
}
