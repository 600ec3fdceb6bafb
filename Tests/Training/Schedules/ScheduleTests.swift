import Foundation
import Testing
import Training

struct ScheduleTests {
  @Test func `polynomial decay has nnU-Net's values`() {
    // 0.01 (1 - e / 1000)^0.9, by Python.
    let decay = PolynomialDecay(epochs: 1000)
    for (epoch, rate) in [(0, 0.01), (1, 0.009_990_999_549_6), (500, 0.005_358_867_312_7), (999, 1.995_262_315e-05)] {
      #expect(abs(decay.rate(epoch: epoch) - rate) < 1e-12)
    }
    #expect(decay.rate(epoch: 1000) == 0)
  }

  @Test func `the rate is cut after 30 epochs without improvement, and again`() {
    var schedule = PlateauSchedule()
    var cuts: [Int] = []
    for epoch in 1...100 where schedule.observe(trainingLoss: 1, validationLoss: 1) { cuts.append(epoch) }
    // The first epoch counts as an improvement.
    #expect(cuts == [31, 61, 91])
    #expect(abs(schedule.rate - 3e-4 / 125) < 1e-18)
  }

  @Test func `slow improvement of the training average puts the cut off`() {
    // The average falls by 0.01 times 0.07 in the first epoch after a drop of 0.01: 5e-3 are reached in the tenth.
    var schedule = PlateauSchedule()
    schedule.observe(trainingLoss: 1, validationLoss: 1)
    for _ in 0..<9 { schedule.observe(trainingLoss: 0.99, validationLoss: 1) }
    #expect(schedule.epochsSinceTraining == 9)
    schedule.observe(trainingLoss: 0.99, validationLoss: 1)
    #expect(schedule.epochsSinceTraining == 0)
    #expect(schedule.epochsSinceValidation == 10)
    let average = 0.99 + 0.01 * pow(0.93, 10)
    #expect(abs((schedule.training ?? 0) - average) < 1e-12)
  }

  @Test func `training ends below the least rate only, and not while validation improves`() {
    var stuck = PlateauSchedule()
    var end = 0
    while !stuck.isOver, end < 1000 {
      end += 1
      stuck.observe(trainingLoss: 1, validationLoss: 1)
    }
    // Four cuts take 3e-4 below 1e-6; validation has been stuck for longer than 60 epochs by then.
    #expect(end == 121)
    var improving = PlateauSchedule()
    for epoch in 0..<300 { improving.observe(trainingLoss: 1, validationLoss: -Double(epoch)) }
    #expect(improving.rate < 1e-6 && !improving.isOver)
    for _ in 0..<59 { improving.observe(trainingLoss: 1, validationLoss: 0) }
    #expect(!improving.isOver)
    improving.observe(trainingLoss: 1, validationLoss: 0)
    #expect(improving.isOver)
  }

  @Test func `a saved schedule goes on where it was`() throws {
    for epochs in [0, 1, 45] {
      var schedule = PlateauSchedule()
      for epoch in 0..<epochs { schedule.observe(trainingLoss: 1 / Double(epoch + 1), validationLoss: 2) }
      let loaded = try JSONDecoder().decode(PlateauSchedule.self, from: JSONEncoder().encode(schedule))
      #expect(loaded == schedule)
    }
    let decay = PolynomialDecay(epochs: 7)
    #expect(try JSONDecoder().decode(PolynomialDecay.self, from: JSONEncoder().encode(decay)) == decay)
  }
}
