import CDCMTK
import Glibc

/// A DICOM data set in memory. Not Sendable: one thread at a time.
final class DICOMDataset {
  private let handle: OpaquePointer

  /// Longest text of one attribute that is taken over, bytes.
  static let longestText = 16 * 1024

  /// Opens a regular file; with `headerOnly` reading stops before Pixel Data. Links are not followed, pipes and devices not
  /// opened.
  init(path: String, headerOnly: Bool) throws(DICOMFileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw DICOMFileError(path: path, reason: String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw DICOMFileError(path: path, reason: "not a regular file") }
    var error = [CChar](repeating: 0, count: 512)
    guard let handle = vigil_dataset_open(path, headerOnly ? 1 : 0, &error, error.count) else {
      throw DICOMFileError(path: path, reason: Self.text(error))
    }
    self.handle = handle
  }

  /// An empty one, to be filled and saved.
  init?() {
    guard let handle = vigil_dataset_new() else { return nil }
    self.handle = handle
  }

  deinit { vigil_dataset_close(handle) }

  /// Whether the file began as PS3.10 asks.
  var hasPreamble: Bool { vigil_dataset_has_preamble(handle) == 1 }

  /// UID of the transfer syntax.
  var transferSyntaxUID: String { String(cString: vigil_dataset_transfer_syntax(handle)) }

  func has(_ tag: DICOMTag) -> Bool { vigil_dataset_has(handle, tag.group, tag.element) == 1 }

  /// The whole text, without padding and control characters; nil where the attribute is absent or empty.
  func text(_ tag: DICOMTag) -> String? {
    var buffer = [CChar](repeating: 0, count: 1024)
    let length = vigil_dataset_text(handle, tag.group, tag.element, &buffer, buffer.count)
    guard length > 0 else { return nil }
    if length >= buffer.count {
      buffer = [CChar](repeating: 0, count: min(length, Self.longestText) + 1)
      guard vigil_dataset_text(handle, tag.group, tag.element, &buffer, buffer.count) > 0 else { return nil }
    }
    let text = Self.text(buffer).trimmingDICOM()
    return text.isEmpty ? nil : text
  }

  /// The values of a text with several.
  func texts(_ tag: DICOMTag) -> [String] {
    text(tag)?.split(separator: "\\", omittingEmptySubsequences: false).map { String($0).trimmingDICOM() } ?? []
  }

  /// All values as numbers; nil where one is none, or there is none.
  func numbers(_ tag: DICOMTag) -> [Double]? {
    let texts = texts(tag)
    let numbers = texts.compactMap { Double($0) }.filter { $0.isFinite }
    return numbers.isEmpty || numbers.count != texts.count ? nil : numbers
  }

  func number(_ tag: DICOMTag) -> Double? { numbers(tag)?.first }

  func integer(_ tag: DICOMTag) -> Int? { number(tag).flatMap { Int(exactly: $0) } }

  /// Decodes the only frame: exactly `byteCount` bytes, stored values in the machine's byte order.
  func frame(byteCount: Int, path: String) throws(DICOMFileError) -> [UInt8] {
    var error = [CChar](repeating: 0, count: 512)
    var isGood = false
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      isGood = vigil_dataset_frame(handle, buffer.baseAddress, byteCount, &error, error.count) == 1
      count = isGood ? byteCount : 0
    }
    guard isGood else { throw DICOMFileError(path: path, reason: "Pixel Data cannot be decoded: \(Self.text(error))") }
    return bytes
  }

  func put(_ value: String, _ tag: DICOMTag) -> Bool { vigil_dataset_put_text(handle, tag.group, tag.element, value) == 1 }

  func put(pixels: [UInt16]) -> Bool { vigil_dataset_put_pixels(handle, pixels, pixels.count) == 1 }

  func save(to path: String) throws(DICOMFileError) {
    var error = [CChar](repeating: 0, count: 512)
    guard vigil_dataset_save(handle, path, &error, error.count) == 1 else {
      throw DICOMFileError(path: path, reason: "the file cannot be written: \(Self.text(error))")
    }
  }

  private static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A file cannot be read or written as DICOM.
struct DICOMFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  var description: String { "\(path): \(reason)" }
}

extension String {
  /// Without DICOM's padding (spaces, NUL) at the ends and without control characters anywhere.
  func trimmingDICOM() -> String {
    let kept = unicodeScalars.filter { !($0.value < 32 || (127..<160).contains($0.value)) }
    var text = Substring(String(String.UnicodeScalarView(kept)))
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
