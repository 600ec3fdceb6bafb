package import Foundation

/// A file that `torch.save` wrote (PyTorch 1.6 and later): a zip of stored entries, a pickle that describes the object, and
/// one entry per tensor storage.
///
/// Opening it reads the directory and the pickle. Tensor bytes are read one tensor at a time by ``elements(of:)``, so the
/// optimizer's state, as large as the weights, is never touched.
package struct TorchCheckpoint: Sendable {
  /// What the pickle describes.
  package let document: PickleDocument
  private let archive: ZipArchive
  private let folder: String

  /// Opens `file`. Refuses big-endian files and pickles that name any callable outside ``PickleCallable``.
  package init(_ file: URL, limits: CheckpointLimits = CheckpointLimits()) throws(CheckpointError) {
    archive = try ZipArchive(try RandomAccessFile(file), limits: limits)
    let pickles = archive.entries.values.filter { $0.name.hasSuffix("/data.pkl") }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw CheckpointError(
        .unsuitable, file.path, "a zip with \(pickles.count) entries named */data.pkl; a checkpoint has one")
    }
    guard pickle.size <= limits.headerBytes else {
      throw CheckpointError(
        .overBudget, file.path, "a pickle of \(pickle.size) bytes; \(limits.headerBytes) are allowed")
    }
    folder = String(pickle.name.dropLast("data.pkl".count))
    if let order = archive.entries[folder + "byteorder"], try archive.bytes(of: order) != Array("little".utf8) {
      throw CheckpointError(.refused, file.path, "tensors that are not little-endian")
    }
    let bytes = try archive.bytes(of: pickle)
    do throws(PickleError) {
      document = try PickleMachine.run(bytes, limits: limits)
    } catch {
      throw CheckpointError(error.kind, file.path, error.description)
    }
  }

  /// The elements of `tensor` in row-major order, as Float.
  package func elements(of tensor: TorchTensor) throws(CheckpointError) -> [Float] {
    let storage = tensor.storage
    guard let entry = archive.entries["\(folder)data/\(storage.key)"] else {
      throw CheckpointError(.damaged, archive.file.path, "storage \(storage.key) is named but not in the zip")
    }
    guard entry.size == storage.count * storage.scalar.size else {
      throw CheckpointError(
        .damaged, archive.file.path,
        "storage \(storage.key) has \(entry.size) bytes where \(storage.count) elements of \(storage.scalar) need \(storage.count * storage.scalar.size)"
      )
    }
    return tensor.gather(storage.scalar.decode(try archive.bytes(of: entry)))
  }
}
