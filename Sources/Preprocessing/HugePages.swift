#if canImport(Glibc)
  import Glibc
#endif

/// Large pages for large arrays: half of a big resampling's time can go into handing out 4 KiB pages one by one.
enum HugePages {
  /// Arrays smaller than this are left alone, bytes.
  private static let smallest = 8 << 20
  private static let pageSize = 2 << 20

  /// Asks for 2 MiB pages behind memory that nothing has touched yet. A wish only: where the system has none, nothing changes.
  static func request(_ buffer: UnsafeMutableRawBufferPointer) {
    #if canImport(Glibc)
      guard let start = buffer.baseAddress, buffer.count >= smallest else { return }
      let skipped = (pageSize - Int(bitPattern: start) % pageSize) % pageSize
      let length = (buffer.count - skipped) / pageSize * pageSize
      if length > 0 { _ = madvise(start + skipped, length, Int32(MADV_HUGEPAGE)) }
    #endif
  }
}
