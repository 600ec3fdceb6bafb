import TestSupport
import Tensors
import Testing

@Suite struct WorkspaceTests {
  @Test func mapsKeepTheirValues() {
    let workspace = Workspace(pool: WorkerPool(threads: 1))
    let tensor = Tensor.seeded([6, 2, 3, 4], seed: 1)
    for layout in [ChannelLayout.unpadded(6), ChannelLayout(groups: [6]), ChannelLayout(groups: [2, 4])] {
      #expect(Tensor(workspace.map(tensor, layout: layout)) == tensor)
    }
  }

  @Test func layoutsPadEachPart() {
    let layout = ChannelLayout(groups: [30, 3])
    #expect(layout.channels == 33)
    #expect(layout.paddedChannels == 48)
    #expect(layout.positions == Array(0..<30) + Array(32..<35))
  }

  @Test func memoryIsUsedAgain() {
    let workspace = Workspace(pool: WorkerPool(threads: 1))
    let layout = ChannelLayout(groups: [16])
    for _ in 0..<10 { _ = workspace.map(extent: [4, 4, 4], layout: layout) }
    #expect(workspace.peakBytes == 4 * 4 * 4 * 16 * 4)
  }

  @Test func severalForwardPassesMayShareAPool() async {
    let pool = WorkerPool(threads: 3)
    let src = Tensor.seeded([16, 6, 6, 6], seed: 1)
    let weights = Tensor.seeded([16, 16, 3, 3, 3], seed: 2)
    let layout = ChannelLayout(groups: [16])
    let convolution = Convolution(weights: weights, sourceLayout: layout, stride: [1, 1, 1])
    let results = await withTaskGroup(of: Tensor.self, returning: [Tensor].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let workspace = Workspace(pool: pool)
          let dst = workspace.map(extent: [6, 6, 6], layout: layout)
          _ = convolution(workspace.map(src, layout: layout), into: dst, in: workspace)
          return Tensor(dst)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 8)
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
