internal import CKernels

/// dL/d weights by im2row: [rows x taps of src]^T times [rows x channels of dL/d dst].
struct RowWeightGradient {
  private let shape: ConvolutionShape
  private let inputs: Int
  private let outputs: Int

  // Rows of a block stay in a second-level cache.
  private static let floatsPerBlock = 96 * 1024
  // Sums up to this size are made for every part of the batch apart; larger ones are cut by kernel lines instead.
  private static let mostFloatsPerPart = 64 * 1024

  init(_ shape: ConvolutionShape) {
    self.shape = shape
    inputs = shape.sourceLayout.paddedChannels
    outputs = shape.outputLayout.paddedChannels
  }

  func run(
    _ src: [FeatureMap], _ gradient: [FeatureMap], into result: UnsafeMutablePointer<Float>, in workspace: Workspace
  ) {
    let floats = shape.taps * inputs * outputs
    let lines = shape.kernel[0] * shape.kernel[1]
    // Parts of the batch, each over all lines; or lines, each over the whole batch.
    let byParts = floats <= Self.mostFloatsPerPart
    let linesPerTask = byParts ? lines : 1
    let inner = linesPerTask * shape.kernel[2] * inputs
    let size = max(16, min(512, Self.floatsPerBlock / inner))
    let blocks = BatchBlocks(
      samples: src.count, perSample: gradient[0].voxels, size: size, mostParts: byParts ? nil : 1)
    let sums = workspace.transformed(blocks.parts * floats)
    // The matrix of sums has no room for what a vector store writes past its rows' end.
    workspace.run(byParts ? blocks.parts : lines, scratch: size * inner + Int(VIGIL_LANES)) { task, scratch in
      let line = byParts ? 0 : task
      let to = sums.pointer + (byParts ? task * floats : line * inner * outputs)
      blocks.forEach(inPart: byParts ? task : 0) { sample, voxels, isFirst in
        var window = shape.window(src[sample].extent)
        src[sample].withSource {
          workspace.kernels.rows(
            &$0, &window, line, line + linesPerTask, voxels.lowerBound, voxels.count, scratch)
        }
        let map = gradient[sample]
        GradientProduct.transposed(
          scratch, inner, map.base + voxels.lowerBound * map.voxelStride, map.voxelStride, m: inner, n: outputs,
          k: voxels.count, into: to, outputs, adding: !isFirst)
      }
    }
    unpack(sums, parts: blocks.parts, into: result, in: workspace)
  }

  // From [parts][taps, padded I][padded O] to [O, I, taps].
  private func unpack(
    _ sums: AlignedBuffer, parts: Int, into result: UnsafeMutablePointer<Float>, in workspace: Workspace
  ) {
    let positions = shape.sourceLayout.positions
    let floats = shape.taps * inputs * outputs
    workspace.run(positions.count, scratch: 0) { i, _ in
      for tap in 0..<shape.taps {
        let from = sums.pointer + (tap * inputs + positions[i]) * outputs
        for o in 0..<shape.outputChannels {
          var sum = from[o]
          for part in 1..<max(1, parts) { sum += from[part * floats + o] }
          result[(o * positions.count + i) * shape.taps + tap] = sum
        }
      }
    }
  }
}
