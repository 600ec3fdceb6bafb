internal import CKernels

/// Floats at a 64-byte boundary, on huge pages when large. Not cleared.
///
/// Sendable because every owner either fills it before anyone else sees it or belongs to one forward pass.
final class AlignedBuffer: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    guard let memory = vigil_allocate(Self.bytes(count)) else {
      fatalError("out of memory: \(count) floats for the network; the estimate made before the run was too low")
    }
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    for (i, value) in values.enumerated() { pointer[i] = value }
  }

  deinit { vigil_release(pointer, Self.bytes(count)) }

  // Kernels may read and write one vector past the end.
  private static func bytes(_ count: Int) -> UInt {
    UInt(count + Int(VIGIL_LANES)) * UInt(MemoryLayout<Float>.stride)
  }

  /// A copy of the elements.
  var elements: [Float] { [Float](UnsafeBufferPointer(start: pointer, count: count)) }
}
