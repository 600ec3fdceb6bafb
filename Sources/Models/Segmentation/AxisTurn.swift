import Imaging
import Preprocessing
import Tensors

/// Brings a scan's axes to those a model wants, and results back; does nothing where the model takes scans as they are stored.
struct AxisTurn {
  private let change: AxisReorientation?
  /// The grid of turned volumes.
  private let turned: Geometry

  /// From a scan on `grid` to the model's axis codes.
  init(_ grid: Geometry, to codes: AxisCodes?) {
    change = codes.map { AxisReorientation(from: grid.axisCodes, to: $0) }
    turned = change?.applied(to: grid) ?? grid
  }

  func forward(_ volumes: [Volume]) -> [Volume] {
    change.map { change in volumes.map { $0.reoriented(by: change) } } ?? volumes
  }

  func forward(_ labels: LabelMap?) -> LabelMap? {
    change.map { change in labels?.reoriented(by: change) } ?? labels
  }

  func back(_ segmentation: Segmentation) -> Segmentation {
    change.map { segmentation.reoriented(by: $0.inverse) } ?? segmentation
  }

  /// `[K, D, H, W]`, each head by itself.
  func back(_ probabilities: Tensor?) -> Tensor? {
    guard let change, let probabilities else { return probabilities }
    let voxels = turned.count
    let heads = (0..<probabilities.shape[0]).map { head in
      Volume(geometry: turned, voxels: Array(probabilities.elements[head * voxels..<(head + 1) * voxels]))
        .reoriented(by: change.inverse)
    }
    let shape = heads.first?.geometry.shape ?? turned.shape
    return Tensor(shape: [heads.count] + shape, elements: heads.flatMap { $0.voxels })
  }
}
