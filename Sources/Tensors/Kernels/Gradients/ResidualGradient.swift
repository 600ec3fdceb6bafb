internal import CKernels

/// The way back through the LeakyReLU at the end of a residual block.
public enum ResidualGradient {
  /// dL/d (a + b) in dst from dL/d result, where `result` = LeakyReLU(a + b); dst may be the gradient itself.
  public static func leaky(
    _ gradient: FeatureMap, result: FeatureMap, negativeSlope: Float, into dst: FeatureMap, in workspace: Workspace
  ) {
    precondition(gradient.extent == result.extent && dst.extent == result.extent, "shapes fit")
    let block = 4096
    let kernel = workspace.kernels.gradients.pointee.leaky
    workspace.run((result.voxels + block - 1) / block, scratch: 0) { task, _ in
      let first = task * block
      kernel?(
        gradient.base + first * gradient.voxelStride, gradient.voxelStride, result.base + first * result.voxelStride,
        result.voxelStride, negativeSlope, result.layout.paddedChannels, min(block, result.voxels - first),
        dst.base + first * dst.voxelStride, dst.voxelStride)
    }
  }
}
