import Networks
import Testing

@Suite struct TrainingBenchmarkTests {
  @Test(arguments: [[8, 8, 8], [16, 8]])
  func runs(_ patch: [Int]) throws {
    let benchmark = TrainingBenchmark(features: [4, 8], patch: patch, batch: 2, classes: 3)
    let result = try benchmark.run(runs: 1, threads: 2)
    #expect(result.seconds > 0 && result.median >= result.seconds && result.parts.count == 4)
    #expect(result.line.contains("\"peer\":\"vigil f32\""))
  }
}
