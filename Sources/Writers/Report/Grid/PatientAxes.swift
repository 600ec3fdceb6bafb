import Foundation
package import Imaging

/// Which index axis runs along which patient axis, to the nearest.
///
/// Index axes are numbered 0 (`i`), 1 (`j`), 2 (`k`); patient axes 0 (x, to the Left), 1 (y, Posterior), 2 (z, Superior).
package struct PatientAxes: Sendable, Equatable {
  /// For each patient axis the index axis that runs most nearly along it; each index axis once.
  package let indexAxis: [Int]
  /// For each patient axis whether the index grows against it (towards Right, Anterior, Inferior).
  package let isReversed: [Bool]
  /// The largest angle between an index axis and its patient axis, degrees.
  package let tilt: Double
  /// The largest departure of two index axes from a right angle, degrees: a gantry's tilt.
  package let shear: Double

  /// The assignment with the largest sum of cosines, over the six that there are.
  package init(_ geometry: Geometry) {
    let directions = geometry.directions
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    func agreement(_ order: [Int]) -> Double {
      order.indices.reduce(0) { $0 + abs(directions[order[$1]][$1]) }
    }
    var best = orders[0]
    // A hair of advantage is asked for, so that an exact tie is settled the same way on every machine.
    for order in orders where agreement(order) > agreement(best) + 1e-9 { best = order }
    indexAxis = best
    isReversed = best.indices.map { directions[best[$0]][$0] < 0 }
    tilt = best.indices.map { Self.degrees(cosine: abs(directions[best[$0]][$0])) }.max() ?? 0
    shear =
      [(0, 1), (0, 2), (1, 2)].map { 90 - Self.degrees(cosine: abs(directions[$0].dot(directions[$1]))) }.max() ?? 0
  }

  private static func degrees(cosine: Double) -> Double { 180 / .pi * acos(min(1, max(-1, cosine))) }
}

extension Geometry {
  /// Unit steps along `i`, `j`, `k` in LPS.
  var directions: [SIMD3<Double>] { [iStep, jStep, kStep].map { $0 / $0.length } }

  /// Numbers of voxels along `i`, `j`, `k`.
  var counts: [Int] { [width, height, depth] }
}

/// The letters of a direction.
package enum PatientLetters {
  /// Below this share of a unit direction a component is not worth a letter: the sine of 15 degrees.
  private static let leastShare = 0.259

  /// `L`, `A`, `LA`, ...: the patient's side that `direction` (LPS) points to, largest component first, at most two.
  package static func text(_ direction: SIMD3<Double>) -> String {
    let length = direction.length
    guard length > 0 else { return "" }
    let letters = [["R", "L"], ["A", "P"], ["I", "S"]]
    let shares = (0..<3).map { (axis: $0, share: direction[$0] / length) }
    let large = shares.filter { abs($0.share) > leastShare }
      .sorted {
        abs($0.share) > abs($1.share) + 1e-9 || (abs(abs($0.share) - abs($1.share)) <= 1e-9 && $0.axis < $1.axis)
      }
    return large.prefix(2).map { letters[$0.axis][$0.share > 0 ? 1 : 0] }.joined()
  }
}
