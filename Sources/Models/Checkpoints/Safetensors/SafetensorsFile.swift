package import Foundation

/// A safetensors file (format of huggingface/safetensors, README "Format"): an 8-byte length, a JSON header, tensor bytes.
///
/// Opening reads the header only. The tensors must fill the bytes behind it without a gap and without an overlap.
package struct SafetensorsFile: Sendable {
  /// The text metadata of the header.
  package var metadata: [String: String] { header.metadata }
  /// The shape of every tensor by name.
  package var shapes: [String: [Int]] { header.tensors.mapValues { $0.shape } }

  private let file: RandomAccessFile
  private let header: SafetensorsHeader
  private let start: Int

  /// Opens `file`.
  package init(_ file: URL, limits: CheckpointLimits = CheckpointLimits()) throws(CheckpointError) {
    let source = try RandomAccessFile(file)
    guard source.size >= 8, let length = try source.bytes(at: 0, count: 8).littleEndianInt(at: 0, count: 8),
      length <= source.size - 8
    else { throw CheckpointError(.damaged, file.path, "a safetensors file whose header is longer than the file") }
    guard length <= limits.headerBytes else {
      throw CheckpointError(.overBudget, file.path, "a header of \(length) bytes; \(limits.headerBytes) are allowed")
    }
    let text = Data(try source.bytes(at: 8, count: length))
    do {
      header = try JSONDecoder().decode(SafetensorsHeader.self, from: text)
    } catch {
      throw CheckpointError(.damaged, file.path, "a header that is not safetensors' JSON: \(error)")
    }
    self.file = source
    start = 8 + length
    try checkLayout(limits)
  }

  /// The elements of tensor `name` in row-major order, as Float. The tensor must exist.
  package func elements(of name: String) throws(CheckpointError) -> [Float] {
    guard let entry = header.tensors[name], let scalar = Self.scalar(entry.dtype) else {
      throw CheckpointError(.unsuitable, file.path, "no tensor named \(name)")
    }
    return scalar.decode(try file.bytes(at: start + entry.range[0], count: entry.range[1] - entry.range[0]))
  }

  /// Every tensor has a known type, as many bytes as its shape needs, and begins where the one before it ends.
  private func checkLayout(_ limits: CheckpointLimits) throws(CheckpointError) {
    var end = 0
    let sorted = header.tensors.sorted {
      ($0.value.range.first ?? 0, $0.value.range.last ?? 0, $0.key) < (
        $1.value.range.first ?? 0, $1.value.range.last ?? 0, $1.key
      )
    }
    for (name, entry) in sorted {
      guard let scalar = Self.scalar(entry.dtype) else {
        throw CheckpointError(
          .refused, file.path, "tensor \(name) is of type \(entry.dtype); F32, F16 and BF16 are read")
      }
      guard entry.range.count == 2, entry.range[0] == end, entry.range[1] >= end else {
        throw CheckpointError(
          .damaged, file.path, "tensor \(name) at \(entry.range) leaves a gap or overlaps; byte \(end) is next")
      }
      guard entry.shape.count <= limits.axes, let bytes = Self.bytes(entry.shape, scalar), bytes == entry.range[1] - end
      else {
        throw CheckpointError(
          .damaged, file.path, "tensor \(name) of shape \(entry.shape) does not fill bytes \(entry.range)")
      }
      end = entry.range[1]
    }
    guard end == file.size - start else {
      throw CheckpointError(
        .damaged, file.path, "\(file.size - start) bytes of tensors where the header describes \(end)")
    }
  }

  private static func bytes(_ shape: [Int], _ scalar: TorchScalar) -> Int? {
    var count = scalar.size
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }

  private static func scalar(_ dtype: String) -> TorchScalar? {
    switch dtype {
    case "F32": .float32
    case "F16": .float16
    case "BF16": .bfloat16
    default: nil
    }
  }
}
