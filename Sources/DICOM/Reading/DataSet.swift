internal import CDCMTK
import Foundation

/// A DICOM data set held by DCMTK. Used by one thread at a time; released with the last reference.
final class DataSet {
  let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  deinit { vigil_dicom_close(handle) }

  /// The data set of an open file up to its pixel data.
  static func header(of file: borrowing OpenFile, limits: DICOMLimits) throws(DICOMError) -> DataSet {
    var reason = ErrorText()
    var shim = limits.shim
    var code: Int32 = 0
    let handle = reason.catching { vigil_dicom_read_header(file.descriptor, file.identity.size, &shim, &code, $0, $1) }
    guard code == 0 else { throw DICOMError(.unreadable, path: file.path, reason.text, code: code) }
    guard let handle else { throw reason.error(path: file.path) }
    return DataSet(handle: handle)
  }

  /// The data set of a whole file in memory, ready to decode frames. `bytes` must outlive it.
  static func whole(_ bytes: UnsafeRawBufferPointer, path: String, limits: DICOMLimits) throws(DICOMError) -> DataSet {
    var reason = ErrorText()
    var shim = limits.shim
    let start = bytes.bindMemory(to: UInt8.self).baseAddress
    let handle = reason.catching { vigil_dicom_read_whole(start, bytes.count, &shim, $0, $1) }
    guard let handle else { throw reason.error(path: path) }
    return DataSet(handle: handle)
  }

  var transferSyntaxUID: String { String(cString: vigil_dicom_transfer_syntax(handle)) }

  var root: DataItem { DataItem(dataSet: self, item: nil) }
}

/// The room that a C function writes its sentence into.
struct ErrorText {
  private(set) var text = ""

  mutating func catching<Result>(_ body: (UnsafeMutablePointer<CChar>, Int) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { room in
      room.initialize(repeating: 0)
      guard let start = room.baseAddress else { preconditionFailure("a buffer of 512 bytes has an address") }
      let result = body(start, room.count)
      text = String(cString: start)
      return result
    }
  }

  /// As an error about the file at `path`.
  func error(path: String) -> DICOMError {
    let kind: DICOMError.Kind =
      text.hasPrefix("not DICOM") ? .notDICOM : text.contains("budget") ? .overBudget : .malformed
    return DICOMError(kind, path: path, text)
  }
}

/// A data set or an item of one of its sequences.
struct DataItem {
  let dataSet: DataSet
  let item: OpaquePointer?

  /// The value as UTF-8, several values separated by backslashes; nil when absent, without text form, or empty.
  func text(_ tag: UInt32) -> String? {
    let fast = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { room -> (count: Int64, text: String?) in
      let count = vigil_item_text(dataSet.handle, item, tag, room.baseAddress, room.count)
      guard count >= 0, count <= room.count else { return (count, nil) }
      return (count, String(decoding: UnsafeRawBufferPointer(room).prefix(Int(count)), as: UTF8.self))
    }
    if let text = fast.text { return text.isEmpty ? nil : text }
    guard fast.count > 0 else { return nil }
    var bytes = [CChar](repeating: 0, count: Int(fast.count))
    guard vigil_item_text(dataSet.handle, item, tag, &bytes, bytes.count) == fast.count else { return nil }
    return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  func text(_ tag: DICOMTag) -> String? { text(tag.rawValue) }

  /// The values of a text element, each without its padding.
  func texts(_ tag: UInt32) -> [String] {
    guard let text = text(tag) else { return [] }
    return text.split(separator: "\\", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
  }

  func texts(_ tag: DICOMTag) -> [String] { texts(tag.rawValue) }

  /// The numbers of an element, at most `limit`; nil when it is absent or holds something else.
  func doubles(_ tag: UInt32, limit: Int = 64) -> [Double]? {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: limit) { room in
      let count = vigil_item_doubles(dataSet.handle, item, tag, room.baseAddress, limit)
      return count < 0 ? nil : Array(room.prefix(Int(count)))
    }
  }

  func doubles(_ tag: DICOMTag) -> [Double]? { doubles(tag.rawValue) }

  func double(_ tag: DICOMTag) -> Double? { doubles(tag.rawValue, limit: 1)?.first }

  /// A whole number; nil when absent, no number, or not whole.
  func int(_ tag: DICOMTag) -> Int? { int(tag.rawValue) }

  func int(_ tag: UInt32) -> Int? { doubles(tag, limit: 1)?.first.flatMap { Int(exactly: $0) } }

  /// The number of values of an element; 0 when it is empty or absent.
  func multiplicity(_ tag: UInt32) -> Int { Int(max(0, vigil_item_multiplicity(dataSet.handle, item, tag))) }

  /// The number of items of a sequence; nil when it is absent.
  func count(_ tag: UInt32) -> Int? {
    let count = vigil_item_count(dataSet.handle, item, tag)
    return count < 0 ? nil : Int(count)
  }

  /// One item of a sequence.
  func child(_ tag: UInt32, _ index: Int = 0) -> DataItem? {
    vigil_item_child(dataSet.handle, item, tag, index).map { DataItem(dataSet: dataSet, item: $0) }
  }

  func child(_ tag: DICOMTag, _ index: Int = 0) -> DataItem? { child(tag.rawValue, index) }

  /// Every item of a sequence.
  func children(_ tag: UInt32) -> [DataItem] { (0..<(count(tag) ?? 0)).compactMap { child(tag, $0) } }

  /// The bytes of a binary element, in the machine's byte order.
  func bytes(_ tag: UInt32) -> [UInt8]? {
    var count = 0
    guard let start = vigil_item_bytes(dataSet.handle, item, tag, &count) else { return nil }
    return Array(UnsafeBufferPointer(start: start, count: count))
  }
}
