/// A mask `[D, H, W]`, 64 voxels of a row to a word.
package struct BitVolume: Sendable, Equatable {
  /// `[D, H, W]`.
  package let shape: [Int]
  /// Words of a row; those of its last beyond W are 0.
  let wordsPerRow: Int
  var words: [UInt64]

  /// `voxels` fill `shape`.
  package init(_ voxels: [Bool], shape: [Int]) {
    precondition(shape.count == 3 && voxels.count == shape.reduce(1, *), "a mask fills its shape")
    self.shape = shape
    wordsPerRow = (shape[2] + 63) / 64
    words = [UInt64](repeating: 0, count: shape[0] * shape[1] * wordsPerRow)
    for (place, isSet) in voxels.enumerated() where isSet {
      let (row, x) = place.quotientAndRemainder(dividingBy: shape[2])
      words[row * wordsPerRow + x / 64] |= 1 << UInt64(x % 64)
    }
  }

  /// The mask's voxels, row-major.
  package var voxels: [Bool] {
    (0..<shape.reduce(1, *)).map { place in
      let (row, x) = place.quotientAndRemainder(dividingBy: shape[2])
      return words[row * wordsPerRow + x / 64] >> UInt64(x % 64) & 1 == 1
    }
  }

  /// What the mask leaves out.
  var inverted: BitVolume {
    var result = self
    for place in words.indices {
      result.words[place] = ~words[place] & (place % wordsPerRow == wordsPerRow - 1 ? lastMask : .max)
    }
    return result
  }

  /// Those of the bits of a row's last word that are voxels.
  var lastMask: UInt64 { shape[2] % 64 == 0 ? .max : (1 << UInt64(shape[2] % 64)) - 1 }
}
