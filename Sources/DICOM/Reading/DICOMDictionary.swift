internal import CDCMTK

/// DCMTK's data dictionary (PS3.6).
public enum DICOMDictionary {
  /// The tag, `group << 16 | element`, of a keyword such as `"EchoTime"`; nil when DICOM has no such keyword.
  public static func tag(of keyword: String) -> UInt32? {
    var tag: UInt32 = 0
    return vigil_dictionary_tag(keyword, &tag) ? tag : nil
  }

  /// The value representation of a keyword, such as `"FD"`; nil when DICOM has no such keyword.
  static func vr(of keyword: String) -> String? {
    var letters = [CChar](repeating: 0, count: 3)
    guard vigil_dictionary_vr(keyword, &letters) else { return nil }
    return String(decoding: letters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Checks that DCMTK is usable: its codecs are registered and its dictionary was found.
  ///
  /// Throws a ``DICOMError`` that says which package to install.
  public static func check() throws(DICOMError) {
    var reason = ErrorText()
    guard reason.catching({ vigil_dcmtk_prepare($0, $1) }) else { throw reason.error(path: "DCMTK") }
  }

  /// The version of DCMTK, for instance "3.6.7".
  public static var version: String { String(cString: vigil_dcmtk_version()) }
}
