internal import CKernels

/// The voxels of a strided convolution's src that lie alike between the voxels of dst: `phase + stride * i` along each
/// axis. Tap t reaches them from dst voxel `i + (phase + padding - t) / stride` where that divides; a product per
/// block of voxels, spread over src.
struct StridePhase: Sendable {
  private let shape: ConvolutionShape
  private let phase: [Int]
  // Per axis: the taps, from that of the first dst voxel to that of the last, and where the first lies.
  private let taps: [[Int]]
  private let first: [Int]
  // [taps, padded O] rows of padded C of src.
  private let weights: AlignedBuffer

  // Rows of a block stay in a second-level cache.
  private static let floatsPerBlock = 64 * 1024

  static func all(_ weights: Tensor, _ shape: ConvolutionShape) -> [StridePhase] {
    (0..<shape.stride.reduce(1, *)).map { index in
      let (y, x) = (shape.stride[1], shape.stride[2])
      return StridePhase(weights, shape, [index / x / y, index / x % y, index % x])
    }
  }

  private init(_ weights: Tensor, _ shape: ConvolutionShape, _ phase: [Int]) {
    self.shape = shape
    self.phase = phase
    taps = (0..<3).map { axis in
      (0..<shape.kernel[axis]).reversed().filter {
        (phase[axis] + shape.kernel[axis] / 2 - $0) % shape.stride[axis] == 0
      }
    }
    first = zip(taps, 0..<3).map { taps, axis in
      ((phase[axis] + shape.kernel[axis] / 2) - (taps.first ?? 0)) / shape.stride[axis]
    }
    self.weights = Self.packed(weights, shape, taps)
  }

  private static func packed(_ weights: Tensor, _ shape: ConvolutionShape, _ taps: [[Int]]) -> AlignedBuffer {
    let inputs = shape.sourceLayout.paddedChannels
    let outputs = shape.outputLayout.paddedChannels
    let positions = shape.sourceLayout.positions
    let packed = AlignedBuffer(count: taps.reduce(outputs * inputs) { $0 * $1.count })
    packed.pointer.update(repeating: 0, count: packed.count)
    var row = 0
    for z in taps[0] {
      for y in taps[1] {
        for x in taps[2] {
          let tap = (z * shape.kernel[1] + y) * shape.kernel[2] + x
          weights.elements.withUnsafeBufferPointer { weights in
            for o in 0..<shape.outputChannels {
              for (i, position) in positions.enumerated() {
                packed.pointer[(row + o) * inputs + position] =
                  weights[(o * positions.count + i) * shape.taps + tap]
              }
            }
          }
          row += outputs
        }
      }
    }
    return packed
  }

  private var tapCount: Int { taps.reduce(1) { $0 * $1.count } }

  private func grid(_ extent: [Int]) -> [Int] {
    (0..<3).map { max(0, (extent[$0] - phase[$0] + shape.stride[$0] - 1) / shape.stride[$0]) }
  }

  private func block(_ channels: Int) -> Int {
    max(16, min(512, Self.floatsPerBlock / (max(1, tapCount) * channels)))
  }

  static func run(
    _ phases: [StridePhase], _ gradient: FeatureMap, into src: FeatureMap, adding: Bool, in workspace: Workspace
  ) {
    let outputs = gradient.layout.paddedChannels
    let inputs = src.layout.paddedChannels
    var tasks: [(phase: Int, first: Int)] = []
    for (i, phase) in phases.enumerated() {
      let voxels = phase.grid(src.extent).reduce(1, *)
      tasks += stride(from: 0, to: voxels, by: phase.block(outputs)).map { (i, $0) }
    }
    let scratch = phases.map { $0.block(outputs) * ($0.tapCount * outputs + inputs) }.max() ?? 0
    workspace.run(tasks.count, scratch: scratch) { index, scratch in
      let phase = phases[tasks[index].phase]
      phase.run(tasks[index].first, gradient, into: src, adding: adding, scratch, workspace.kernels)
    }
  }

  private func run(
    _ start: Int, _ gradient: FeatureMap, into src: FeatureMap, adding: Bool, _ scratch: UnsafeMutablePointer<Float>,
    _ kernels: vigil_kernels
  ) {
    let inputs = src.layout.paddedChannels
    let inner = tapCount * gradient.layout.paddedChannels
    let grid = grid(src.extent)
    let count = min(block(gradient.layout.paddedChannels), grid.reduce(1, *) - start)
    let product = scratch + count * inner
    if inner == 0 {
      product.update(repeating: 0, count: count * inputs)
    } else {
      var window = vigil_window(
        kernel: (taps[0].count, taps[1].count, taps[2].count), stride: (1, 1, 1),
        padding: (-first[0], -first[1], -first[2]), out_height: grid[1], out_width: grid[2])
      gradient.withSource {
        kernels.rows(&$0, &window, 0, taps[0].count * taps[1].count, start, count, scratch)
      }
      GradientProduct.plain(
        scratch, inner, weights.pointer, inputs, m: count, n: inputs, k: inner, into: product, inputs, adding: false)
    }
    kernels.gradients.pointee.spread(
      product, grid, phase, shape.stride, src.extent, start, count, inputs, src.base, src.voxelStride, adding ? 1 : 0)
  }
}
