public import Imaging
public import Preprocessing

extension Segmenter {
  /// What the last model that ran says of the scan, on the grid to which `next`, a configuration of the same plan, prepares that scan:
  /// transposed axes, `next`'s spacing, from 0. A cascade's second stage is trained on these.
  ///
  /// Source: nnU-Net v2 `inference/export_prediction.py`, `resample_and_save`: the logits are resampled once, straight to that grid.
  public func labels(_ output: SegmenterOutput, for next: PlanConfiguration) throws(ModelError) -> LabelMap {
    let last = members[members.count - 1]
    let stage = last[last.count - 1]
    let said = output.said[output.said.count - 1]
    let shape = next.preparedShape(of: said.trace)
    do throws(RestorationError) {
      let voxels = try stage.restoration.labels(
        from: said.logits, trace: said.trace, onShape: shape, threads: stage.threads)
      let spacing = next.spacing.suffix(3)
      guard spacing.count == 3 else {
        throw .trace("leads to \(next.name), which is no 3D configuration and so no second stage")
      }
      let grid = Geometry(
        width: shape[2], height: shape[1], depth: shape[0], origin: .zero, iStep: SIMD3(spacing[2], 0, 0),
        jStep: SIMD3(0, spacing[1], 0), kStep: SIMD3(0, 0, spacing[0]))
      return LabelMap(geometry: grid, voxels: voxels)
    } catch { throw ModelError(.request, stage.model.folder, error.description) }
  }
}
