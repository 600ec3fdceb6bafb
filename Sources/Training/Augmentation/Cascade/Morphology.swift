/// Binary morphology with a ball (a disk where the volume is one slice deep), as batchgeneratorsv2's `ApplyRandomBinaryOperatorTransform`.
package enum Morphology: String, Sendable, CaseIterable {
  /// Of the four, what each voxel within the ball of a set one becomes.
  case dilation
  /// Of the background; what lies outside the volume takes nothing away.
  case erosion
  /// Dilation, then erosion.
  case closing
  /// Erosion, then dilation.
  case opening

  /// The mask after the operation.
  package func applied(to mask: BitVolume, radius: Double) -> BitVolume {
    let element = StructuringElement(radius: radius, isFlat: mask.shape[0] == 1)
    switch self {
    case .dilation: return element.dilated(mask)
    case .erosion: return element.eroded(mask)
    case .closing: return element.eroded(element.dilated(mask))
    case .opening: return element.dilated(element.eroded(mask))
    }
  }
}

/// The voxels of a ball or a disk of any radius, as spans of rows.
package struct StructuringElement: Sendable {
  /// A row of the element: result (z, y, x) looks at source rows (z + dz, y + dy), voxels x + first ... x + last.
  package struct Row: Sendable, Equatable {
    package let dz: Int
    package let dy: Int
    package let first: Int
    package let last: Int
  }

  /// All rows with a voxel.
  package let rows: [Row]

  /// scikit-image's `ball`, whose floor(2 r + 1) points run from -r to r, or `disk`, whose points start at -r and are 1 apart. The middle is
  /// point floor((n - 1) / 2), as in a convolution of the same size.
  package init(radius: Double, isFlat: Bool) {
    let count = isFlat ? Int((2 * radius + 1).rounded(.up)) : Int(2 * radius + 1)
    let step = isFlat || count == 1 ? 1 : 2 * radius / Double(count - 1)
    let points = (0..<count).map { -radius + Double($0) * step }
    let middle = (count - 1) / 2
    var rows: [Row] = []
    for (z, dz) in isFlat ? [(0.0, 0)] : points.enumerated().map({ ($1, $0 - middle) }) {
      for (index, y) in points.enumerated() {
        let inside = points.indices.filter { points[$0] * points[$0] + y * y + z * z <= radius * radius }
        guard let first = inside.first, let last = inside.last else { continue }
        rows.append(Row(dz: dz, dy: index - middle, first: first - middle, last: last - middle))
      }
    }
    self.rows = rows
  }

  /// Erosion is the dilation of what the mask leaves out.
  func eroded(_ mask: BitVolume) -> BitVolume { dilated(mask.inverted).inverted }

  /// Each voxel that sees a set voxel through the element.
  func dilated(_ mask: BitVolume) -> BitVolume {
    var result = mask
    for place in result.words.indices { result.words[place] = 0 }
    // Rows of the element with the same span share its widening.
    for (span, rows) in Dictionary(grouping: rows, by: { [$0.first, $0.last] }) {
      let widened = widened(mask, span[0]...span[1])
      for row in rows { add(widened, row, to: &result) }
    }
    return result
  }

  /// In each row: bit x is set where one of x + span is.
  private func widened(_ mask: BitVolume, _ span: ClosedRange<Int>) -> BitVolume {
    var result = mask
    let words = mask.wordsPerRow
    for row in stride(from: 0, to: mask.words.count, by: words) {
      for word in 0..<words {
        var bits: UInt64 = 0
        for offset in span {
          let (jump, shift) = (offset >> 6, UInt64(offset & 63))
          let (low, high) = (word + jump, word + jump + 1)
          if low >= 0, low < words { bits |= mask.words[row + low] >> shift }
          if shift > 0, high >= 0, high < words { bits |= mask.words[row + high] << (64 - shift) }
        }
        result.words[row + word] = word == words - 1 ? bits & mask.lastMask : bits
      }
    }
    return result
  }

  private func add(_ mask: BitVolume, _ row: Row, to result: inout BitVolume) {
    let (depth, height, words) = (mask.shape[0], mask.shape[1], mask.wordsPerRow)
    for z in max(0, -row.dz)..<max(max(0, -row.dz), min(depth, depth - row.dz)) {
      let (from, to) = (max(0, -row.dy), min(height, height - row.dy))
      guard from < to else { return }
      let target = (z * height + from) * words
      let source = ((z + row.dz) * height + from + row.dy) * words
      for i in 0..<(to - from) * words { result.words[target + i] |= mask.words[source + i] }
    }
  }
}
