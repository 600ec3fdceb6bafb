internal import CKernels

/// dst = LeakyReLU(a + b), voxel by voxel: the end of a residual block. The parts still owed by `a` and `b` are applied.
public enum ResidualSum {
  /// `a`, `b` and `dst` agree in extent and layout; dst may lie in a's memory.
  public static func add(
    _ a: FeatureMap, _ b: FeatureMap, negativeSlope: Float, into dst: FeatureMap, in workspace: Workspace
  ) {
    precondition(a.extent == b.extent && a.layout == b.layout && dst.extent == a.extent, "shapes fit")
    let block = 4096
    let kernels = workspace.kernels
    a.withSource { first in
      b.withSource { second in
        withUnsafePointer(to: first) { first in
          withUnsafePointer(to: second) { second in
            workspace.run((a.voxels + block - 1) / block, scratch: 0) { task, _ in
              let start = task * block
              kernels.add(
                first, second, negativeSlope, start, min(block, a.voxels - start), dst.base, dst.voxelStride)
            }
          }
        }
      }
    }
  }
}
