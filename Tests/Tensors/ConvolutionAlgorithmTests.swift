import Tensors
import Testing

@Suite struct ConvolutionAlgorithmTests {
  private func choice(
    _ inputs: Int, _ outputs: Int, _ extent: [Int], kernel: [Int] = [3, 3, 3], stride: [Int] = [1, 1, 1]
  ) -> String {
    let layout = inputs < 8 ? ChannelLayout.unpadded(inputs) : ChannelLayout(groups: [inputs])
    let shape = ConvolutionShape(sourceLayout: layout, outputChannels: outputs, kernel: kernel, stride: stride)
    return "\(ConvolutionAlgorithm.choose(shape, extent: extent))"
  }

  @Test func largeMapsTakeTheLargestTile() {
    #expect(choice(32, 32, [128, 128, 128]) == "F(4, 4, 4)")
    #expect(choice(256, 256, [16, 16, 16]) == "F(4, 4, 4)")
    #expect(choice(32, 32, [1, 512, 512], kernel: [1, 3, 3]) == "F(1, 4, 4)")
  }

  @Test func smallMapsWithManyChannelsSpareTheWeights() {
    #expect(choice(320, 320, [8, 8, 8]) == "F(2, 2, 2)")
    #expect(choice(320, 320, [4, 4, 4]) == "rows")
  }

  @Test func whatWinogradCannotDoTakesRows() {
    #expect(choice(1, 32, [128, 128, 128]) == "rows")
    #expect(choice(32, 64, [64, 64, 64], stride: [2, 2, 2]) == "rows")
    #expect(choice(32, 64, [64, 64, 64], kernel: [1, 1, 1]) == "rows")
    #expect(choice(32, 64, [64, 64, 64], kernel: [5, 3, 3]) == "rows")
  }
}
