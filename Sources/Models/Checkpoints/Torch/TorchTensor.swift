/// A storage of a checkpoint, by the name of its zip entry. Its bytes stay in the file.
package struct TorchStorage: Hashable, Sendable {
  /// The key: entry `data/<key>` of the zip.
  package let key: String
  /// The element type.
  package let scalar: TorchScalar
  /// Number of elements that the pickle gives it.
  package let count: Int
}

/// A view of a storage, as `torch._utils._rebuild_tensor_v2` describes it. Its bytes stay in the file.
package struct TorchTensor: Hashable, Sendable {
  /// What it is a view of.
  package let storage: TorchStorage
  /// Index of its first element in the storage.
  package let offset: Int
  /// Length of each axis.
  package let shape: [Int]
  /// Storage elements between neighbours along each axis.
  package let stride: [Int]

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// Nil unless every element lies in the storage and the view has no more elements than the storage (nothing is repeated).
  init?(storage: TorchStorage, offset: Int, shape: [Int], stride: [Int]) {
    guard shape.count == stride.count, offset >= 0, offset <= storage.count, (shape + stride).allSatisfy({ $0 >= 0 })
    else { return nil }
    var (count, last) = (1, offset)
    for (length, step) in zip(shape, stride) {
      let (product, tooMany) = count.multipliedReportingOverflow(by: length)
      let (reach, tooFar) = step.multipliedReportingOverflow(by: max(length - 1, 0))
      let (sum, tooHigh) = last.addingReportingOverflow(reach)
      guard !tooMany, !tooFar, !tooHigh else { return nil }
      (count, last) = (product, sum)
    }
    guard count == 0 || last < storage.count, count <= storage.count else { return nil }
    (self.storage, self.offset, self.shape, self.stride) = (storage, offset, shape, stride)
  }

  /// Its elements in row-major order, from all elements of its storage.
  func gather(_ elements: [Float]) -> [Float] {
    if isContiguous {
      return offset == 0 && count == elements.count ? elements : Array(elements[offset..<offset + count])
    }
    var result: [Float] = []
    result.reserveCapacity(count)
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<count {
      result.append(elements[zip(index, stride).reduce(offset) { $0 + $1.0 * $1.1 }])
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    return result
  }

  /// Whether its elements lie one behind the other in row-major order.
  var isContiguous: Bool {
    var expected = 1
    for (length, step) in zip(shape, stride).reversed() where length != 1 {
      guard step == expected else { return false }
      let (next, overflow) = expected.multipliedReportingOverflow(by: length)
      guard !overflow else { return false }
      expected = next
    }
    return true
  }
}
