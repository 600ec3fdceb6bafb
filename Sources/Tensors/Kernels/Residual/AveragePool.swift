internal import CKernels

/// The mean over windows whose size is their step: how a residual block's skip is brought to a lower resolution.
public enum AveragePool {
  /// dst `[D / s, H / s, W / s]` per axis (rounded down), the layout of src; the part still owed by src is applied first.
  public static func pool(_ src: FeatureMap, stride: [Int], into dst: FeatureMap, in workspace: Workspace) {
    precondition(dst.layout == src.layout && dst.extent == outputExtent(src.extent, stride: stride), "shapes fit")
    var window = vigil_window(
      kernel: (stride[0], stride[1], stride[2]), stride: (stride[0], stride[1], stride[2]), padding: (0, 0, 0),
      out_height: dst.extent[1], out_width: dst.extent[2])
    let block = 512
    let kernels = workspace.kernels
    src.withSource { source in
      withUnsafePointer(to: source) { source in
        withUnsafePointer(to: &window) { window in
          workspace.run((dst.voxels + block - 1) / block, scratch: 0) { task, _ in
            let first = task * block
            kernels.average(
              source, window, first, min(block, dst.voxels - first), dst.base, dst.voxelStride)
          }
        }
      }
    }
  }

  /// `[D, H, W]` of dst.
  public static func outputExtent(_ extent: [Int], stride: [Int]) -> [Int] { zip(extent, stride).map { $0 / $1 } }
}
