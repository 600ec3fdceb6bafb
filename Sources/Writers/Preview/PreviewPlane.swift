import Imaging

/// One of the three planes of a preview, as radiologists look at it: from the feet, from the front, from the left.
enum PreviewPlane: String, CaseIterable {
  case axial
  case sagittal
  case coronal

  /// For a grid whose axes are L, P, S: the axis across the picture, the axis down it, the axis through it.
  var axes: (across: Int, down: Int, through: Int) {
    switch self {
    case .axial: (0, 1, 2)
    case .sagittal: (1, 2, 0)
    case .coronal: (0, 2, 1)
    }
  }

  /// Whether the picture's rows run against the axis down it: heads are up.
  var isUpended: Bool { self != .axial }

  /// What stands at the left, right, top and bottom edge.
  var letters: (left: String, right: String, top: String, bottom: String) {
    switch self {
    case .axial: ("R", "L", "A", "P")
    case .sagittal: ("A", "P", "S", "I")
    case .coronal: ("R", "L", "S", "I")
    }
  }
}

/// An image and its labels with axes L, P, S, and what a preview wants to know of them.
struct PreviewSubject {
  let image: Volume
  let labels: LabelMap
  let statistics: [UInt16: LabelStatistics]
  /// The slice through each axis with the most labelled voxels, or the middle one if there are none.
  let centre: [Int]
  /// What is segmented; nil where nothing is.
  let box: Box?

  init(_ image: Volume, _ labels: LabelMap) {
    self.image = image.reoriented(to: .lps)
    self.labels = labels.reoriented(to: .lps)
    statistics = self.labels.statistics()
    box = self.labels.boundingBox
    centre = Self.fullest(self.labels)
  }

  var counts: [Int] { [image.geometry.width, image.geometry.height, image.geometry.depth] }

  /// Millimetres between neighbours along i, j, k.
  var steps: [Double] { image.geometry.spacing.reversed() }

  private static func fullest(_ labels: LabelMap) -> [Int] {
    let grid = labels.geometry
    var areas = [grid.width, grid.height, grid.depth].map { [Int](repeating: 0, count: $0) }
    var index = 0
    for k in 0..<grid.depth {
      for j in 0..<grid.height {
        for i in 0..<grid.width {
          if labels.voxels[index] != 0 {
            areas[0][i] += 1
            areas[1][j] += 1
            areas[2][k] += 1
          }
          index += 1
        }
      }
    }
    return areas.map { area in
      let most = area.max() ?? 0
      let middle = (area.count - 1) / 2
      return area.indices.filter { area[$0] == most }.min { abs($0 - middle) < abs($1 - middle) } ?? middle
    }
  }
}
