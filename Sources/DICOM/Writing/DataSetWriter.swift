internal import CDCMTK

/// Builds a data set element by element and writes it as a Part 10 file through DCMTK.
final class DataSetWriter {
  private let dataSet: DataSet

  init() throws(DICOMError) {
    var reason = ErrorText()
    guard let handle = reason.catching({ vigil_dicom_make($0, $1) }) else { throw reason.error(path: "") }
    dataSet = DataSet(handle: handle)
  }

  /// Sets an element by keyword from its text form. `vr` chooses where the dictionary leaves a choice.
  func set(_ keyword: String, _ text: String, vr: String? = nil, in item: DataItem? = nil) throws(DICOMError) {
    guard let tag = DICOMDictionary.tag(of: keyword), set(tag, text, vr: vr, in: item) else {
      throw DICOMError(.unsupported, path: "", "cannot write \(keyword) as \"\(text)\"")
    }
  }

  private func set(_ tag: UInt32, _ text: String, vr: String?, in item: DataItem?) -> Bool {
    guard let vr else { return vigil_item_set_text(dataSet.handle, item?.item, tag, nil, text) }
    return vigil_item_set_text(dataSet.handle, item?.item, tag, vr, text)
  }

  /// Sets PixelData as 16-bit words.
  func setPixelData(_ samples: [UInt16]) throws(DICOMError) {
    let written = samples.withUnsafeBytes {
      vigil_item_set_bytes(dataSet.handle, nil, 0x7FE0_0010, "OW", $0.baseAddress, $0.count)
    }
    guard written else {
      throw DICOMError(.unsupported, path: "", "\(samples.count) words of PixelData cannot be written")
    }
  }

  /// Writes the file; the path must not exist.
  func write(to path: String, transferSyntaxUID: String) throws(DICOMError) {
    var reason = ErrorText()
    guard reason.catching({ vigil_dicom_write(dataSet.handle, path, transferSyntaxUID, $0, $1) }) else {
      throw DICOMError(.unreadable, path: path, reason.text)
    }
  }
}
