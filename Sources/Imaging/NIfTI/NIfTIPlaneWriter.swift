public import Foundation
import Synchronization

/// Writes one volume as NIfTI plane by plane, in any order and from several threads, without ever holding the volume.
///
/// The file appears under its name with ``finish(isSynced:)``, or not at all. Its bytes do not depend on the order of the planes.
public final class NIfTIPlaneWriter: Sendable {
  /// How a voxel is stored.
  public enum Voxel: Sendable {
    /// Whole numbers in -32768 ... 32767.
    case int16
    /// Anything.
    case float32

    /// Bytes.
    public var size: Int { self == .int16 ? 2 : 4 }
  }

  private let file: PartialFile
  private let name: String
  private let planes: PlaneSink

  /// A file for a volume on `geometry`, compressed when its name ends in `.gz`. Disk space for one that is not is taken now.
  public init(_ geometry: Geometry, _ voxel: Voxel, to file: URL) throws(NIfTIError) {
    name = file.path
    let header = try NIfTIHeaderWriter(geometry, voxel == .int16 ? .int16 : .float32).bytes
    do throws(WholeFile.Failure) {
      self.file = try PartialFile(for: file.path)
      planes = PlaneSink(
        header: header, planeBytes: geometry.width * geometry.height * voxel.size, depth: geometry.depth,
        level: NIfTI.isCompressedName(file) ? NIfTI.imageLevel : nil, sink: self.file)
      try planes.reserve(in: self.file)
    } catch {
      throw NIfTIError(.system, file.path, error.detail)
    }
  }

  /// Writes plane `k`, `height * width` voxels, `i` fastest, in this machine's byte order; each plane once.
  public func write(_ plane: UnsafeRawBufferPointer, k: Int) throws(NIfTIError) {
    do throws(WholeFile.Failure) {
      try planes.write(plane, k: k)
    } catch {
      throw NIfTIError(.system, name, error.detail)
    }
  }

  /// Gives the file its name; every plane must have been written. Synced, it outlives a loss of power from then on.
  public func finish(isSynced: Bool = true) throws(NIfTIError) {
    precondition(planes.isComplete, "a plane of \(name) was not written")
    do throws(WholeFile.Failure) {
      try file.finish(isSynced: isSynced)
    } catch {
      throw NIfTIError(.system, name, error.detail)
    }
  }
}

/// A NIfTI file's bytes from its planes.
final class PlaneSink: Sendable {
  private let header: [UInt8]
  private let planeBytes: Int
  private let depth: Int
  private let sink: any ByteSink
  private let gzip: GzipPlanes?
  private let written = Atomic(0)

  /// Compressed at `level`, or not.
  init(header: [UInt8], planeBytes: Int, depth: Int, level: Int32?, sink: any ByteSink) {
    self.header = header
    self.planeBytes = planeBytes
    self.depth = depth
    self.sink = sink
    gzip = level.map {
      GzipPlanes(header: header, planeBytes: planeBytes, depth: depth, level: $0, sink: sink)
    }
  }

  func reserve(in file: PartialFile) throws(WholeFile.Failure) {
    if gzip == nil { try file.reserve(header.count + depth * planeBytes) }
  }

  func write(_ plane: UnsafeRawBufferPointer, k: Int) throws(WholeFile.Failure) {
    precondition(plane.count == planeBytes && k >= 0 && k < depth, "plane \(k) of \(depth) has \(plane.count) bytes")
    if let gzip {
      try gzip.add(plane, k: k)
    } else {
      if k == 0 { try writeHeader() }
      try sink.write(plane, at: header.count + k * planeBytes)
    }
    written.add(1, ordering: .relaxed)
  }

  private func writeHeader() throws(WholeFile.Failure) {
    let result = header.withUnsafeBytes { source in
      Result { () throws(WholeFile.Failure) in try sink.write(source, at: 0) }
    }
    try result.get()
  }

  var isComplete: Bool { written.load(ordering: .relaxed) == depth }
}
