internal import CKernels

/// The largest of windows whose size is their step: how nnU-Net's first paper brings the resolution down.
public enum MaxPool {
  private static let voxelsPerTask = 512

  /// dst `[D / s, H / s, W / s]` per axis (rounded down), the layout of src; the part still owed by src is applied first.
  public static func pool(_ src: FeatureMap, stride: [Int], into dst: FeatureMap, in workspace: Workspace) {
    precondition(
      dst.layout == src.layout && dst.extent == AveragePool.outputExtent(src.extent, stride: stride), "shapes fit")
    var window = vigil_window(pooling: stride, outputExtent: dst.extent)
    let kernel = workspace.kernels.gradients.pointee.largest
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: &window) { window in
          workspace.run((dst.voxels + voxelsPerTask - 1) / voxelsPerTask, scratch: 0) { task, _ in
            let first = task * voxelsPerTask
            kernel?(source, window, first, min(voxelsPerTask, dst.voxels - first), dst.base, dst.voxelStride)
          }
        }
      }
    }
  }

  /// Adds dL/d dst (`gradient`) to the first of the largest voxels of each window in dL/d src (`sum`).
  public static func addGradient(
    _ gradient: FeatureMap, src: FeatureMap, stride: [Int], to sum: FeatureMap, in workspace: Workspace
  ) {
    PoolGradient.add(workspace.kernels.gradients.pointee.largest_gradient, gradient, src, stride, sum, workspace)
  }
}

extension AveragePool {
  /// Adds dL/d dst (`gradient`) to every voxel of its window in dL/d src (`sum`), in equal shares.
  public static func addGradient(_ gradient: FeatureMap, stride: [Int], to sum: FeatureMap, in workspace: Workspace) {
    PoolGradient.add(workspace.kernels.gradients.pointee.average_gradient, gradient, sum, stride, sum, workspace)
  }
}

/// Windows do not overlap, so every task has voxels of its own.
private enum PoolGradient {
  typealias Kernel =
    @convention(c) (
      UnsafePointer<vigil_source>?, UnsafePointer<vigil_window>?, UnsafePointer<Float>?, Int, Int, Int,
      UnsafeMutablePointer<Float>?, Int
    ) -> Void

  static func add(
    _ kernel: Kernel?, _ gradient: FeatureMap, _ src: FeatureMap, _ stride: [Int], _ sum: FeatureMap,
    _ workspace: Workspace
  ) {
    precondition(
      sum.extent == src.extent && gradient.extent == AveragePool.outputExtent(src.extent, stride: stride), "shapes fit")
    var window = vigil_window(pooling: stride, outputExtent: gradient.extent)
    let block = 512
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: &window) { window in
          workspace.run((gradient.voxels + block - 1) / block, scratch: 0) { task, _ in
            let first = task * block
            kernel?(
              source, window, gradient.base, gradient.voxelStride, first, min(block, gradient.voxels - first), sum.base,
              sum.voxelStride)
          }
        }
      }
    }
  }
}

extension vigil_window {
  /// Windows whose size is their step.
  init(pooling stride: [Int], outputExtent: [Int]) {
    self.init(
      kernel: (stride[0], stride[1], stride[2]), stride: (stride[0], stride[1], stride[2]), padding: (0, 0, 0),
      out_height: outputExtent[1], out_width: outputExtent[2])
  }
}
