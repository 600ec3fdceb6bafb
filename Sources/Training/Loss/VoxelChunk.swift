internal import Foundation
internal import Preprocessing

/// The labels of a chunk, padded to whole vectors with ``VoxelPasses/ignored``.
struct ChunkLabels {
  let values: [Float]
  /// Voxels, without the padding.
  let count: Int
}

/// d dice / du of a head in a sample: where the target does not hold it, and what is added where it does.
struct HeadSlope {
  let outside: Float
  let inside: Float
}

/// Some consecutive voxels of a sample, sixteen at a time.
struct VoxelChunk {
  typealias Vector = SIMD16<Float>
  typealias Lanes = SIMDMask<SIMD16<Int32>>

  let loss: DiceAndCrossEntropy
  let labels: ChunkLabels
  /// The first voxel of head 0 in what is read and what is written (which may be the same); heads lie `plane` apart.
  let source: UnsafePointer<Float>
  let result: UnsafeMutablePointer<Float>
  let plane: Int

  /// Writes the probabilities and returns their sums.
  func probabilities() -> ChunkSums {
    var sums = ChunkSums(heads: loss.heads)
    forEachVector { source, result, plane, label in
      if let regions = loss.regions {
        Self.sigmoid(source, result, plane, label, regions, &sums)
      } else {
        Self.softmax(source, result, plane, label, &sums)
      }
    }
    sums.settle()
    return sums
  }

  /// Writes the gradients over the probabilities.
  func gradients(_ slopes: [HeadSlope], share: Float) {
    forEachVector { source, result, plane, label in
      if let regions = loss.regions {
        Self.sigmoidGradient(source, result, plane, label, regions, slopes, share)
      } else {
        Self.softmaxGradient(source, result, plane, label, slopes, share)
      }
    }
  }

  /// Calls `body` for every sixteen voxels; the last, incomplete ones lie in memory of their own for the time.
  @inline(__always)
  private func forEachVector(
    _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, _ plane: Int, _ label: Vector) -> Void
  ) {
    labels.values.withUnsafeBufferPointer { labels in
      let label = labels.baseAddress.unsafelyUnwrapped
      let whole = self.labels.count / 16 * 16
      for voxel in stride(from: 0, to: whole, by: 16) {
        body(source + voxel, result + voxel, plane, Self.load(label + voxel))
      }
      let rest = self.labels.count - whole
      guard rest > 0 else { return }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 16 * loss.heads) { scratch in
        let scratch = scratch.baseAddress.unsafelyUnwrapped
        scratch.initialize(repeating: 0, count: 16 * loss.heads)
        for head in 0..<loss.heads { (scratch + 16 * head).update(from: source + head * plane + whole, count: rest) }
        body(scratch, scratch, 16, Self.load(label + whole))
        for head in 0..<loss.heads { (result + head * plane + whole).update(from: scratch + 16 * head, count: rest) }
      }
    }
  }

  @inline(__always)
  static func load(_ place: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(place).loadUnaligned(as: Vector.self)
  }

  @inline(__always)
  static func store(_ vector: Vector, _ place: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(place).storeBytes(of: vector, as: Vector.self)
  }
}
