import Foundation

/// A file of the cache, mapped for reading: the system brings in what is touched and lets go of what is not. The cache replaces its files
/// and never writes into one, so a mapped file keeps its length.
final class MappedFile: @unchecked Sendable {  // the mapping is never written to
  private let base: UnsafeRawPointer
  /// Length in bytes, above 0.
  let count: Int

  /// Nil for a file that is not there, empty, or cannot be mapped.
  init?(_ file: URL) {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
      let place = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0), place != MAP_FAILED
    else { return nil }
    base = UnsafeRawPointer(place)
    count = Int(status.st_size)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: base), count) }

  /// Copies elements from byte `offset` on to `target` at `place`; both ranges must exist.
  func copy<Element: BitwiseCopyable>(at offset: Int, count elements: Int, to target: inout [Element], at place: Int) {
    let bytes = elements * MemoryLayout<Element>.stride
    precondition(offset >= 0 && elements >= 0 && bytes <= count && offset <= count - bytes, "beyond the file's end")
    precondition(place >= 0 && place <= target.count - elements, "beyond the array's end")
    guard elements > 0 else { return }
    target.withUnsafeMutableBytes { buffer in
      let start = place * MemoryLayout<Element>.stride
      buffer[start..<start + bytes].copyBytes(from: UnsafeRawBufferPointer(start: base + offset, count: bytes))
    }
  }

  /// The elements from byte `offset` on; they must exist.
  func elements<Element: BitwiseCopyable>(at offset: Int, count elements: Int, zero: Element) -> [Element] {
    var result = [Element](repeating: zero, count: elements)
    copy(at: offset, count: elements, to: &result, at: 0)
    return result
  }
}
