import Networks
import Testing

@Suite struct ForwardBenchmarkTests {
  @Test func runsAPreset() throws {
    let benchmark = try ForwardBenchmark(.hippocampus2D)
    let result = try benchmark.run(runs: 1, threads: 2)
    // 0.63 GFLOP, as PyTorch's FlopCounterMode counts this network.
    #expect(abs(result.gflop - 0.628) < 0.001)
    #expect(result.seconds > 0 && result.median >= result.seconds)
    #expect(result.line.contains("\"peer\":\"vigil f32\""))
    #expect(benchmark.layers.count == 14)
  }

  @Test(arguments: ForwardBenchmark.Preset.allCases)
  func everyPresetSuitsItsPatch(_ preset: ForwardBenchmark.Preset) {
    let extent = preset.patch.count == 2 ? [1] + preset.patch : preset.patch
    #expect(zip(extent, preset.architecture.divisor).allSatisfy { $0 % $1 == 0 })
    #expect(preset.architecture.dimensions == preset.patch.count)
  }
}
